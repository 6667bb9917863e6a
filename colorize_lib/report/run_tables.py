"""Tables of single runs side by side, as the families' chapters show them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from colorize_lib.metrics import (
    COLORFULNESS,
    DIVERSITY,
    FID,
    IS,
    KID,
    LPIPS,
    PD,
    PROXY_SCORE,
    PSNR,
    SSIM,
)  # fmt: skip
from colorize_lib.provenance import hardware_text
from colorize_lib.report.results import PEERS, Results
from colorize_lib.report.texts import value_text, with_error
from colorize_lib.runs.store import LUMA_PUT_BACK, Run

SHOWN = (
    FID.by("disjoint"), KID, FID.by("paired"), PD, LPIPS, PSNR, SSIM, IS, PROXY_SCORE, COLORFULNESS, DIVERSITY
)  # fmt: skip


def facts(runs: Mapping[str, Run]) -> pd.DataFrame:
    """What each run is and how it was made, one column for each run, given by the column's heading."""
    return pd.DataFrame({title: _facts(run) for title, run in runs.items()}).reset_index(names="")


def _facts(run: Run) -> dict[str, str]:
    manifest, images = run.manifest, run.config.images_seen
    return {
        "run": run.name,
        "parameters used in sampling": f"{manifest['parameters']:,}",
        "training photographs": f"{manifest['training_images']:,}",
        "images seen": f"{images:,} ({images / manifest['training_images']:.1f} passes)",
        "training time": f"{manifest['seconds'] / 60:.1f} minutes",
        "speed": f"{images / manifest['seconds']:.0f} images/s",
        "hardware": hardware_text(manifest["hardware"]),
        "backend": f"{manifest['backend']} {manifest['versions'][manifest['backend']]}",
        "date and commit": f"{manifest['date']}, {manifest['commit']}",
    }


def fid_table(results: Results, runs: Mapping[str, Run]) -> pd.DataFrame:
    """The disjoint FID of runs on validation photographs, below that of originals, gray pictures and the best tint."""
    measured = {title: run.measured(*FID.key) for title, run in runs.items()}
    measured = {title: row for title, row in measured.items() if row is not None}
    if not measured:
        return pd.DataFrame({"method": ["not scored"], "FID": [""], "coloured": [""], "reference": [""]})
    peers = results.peers(next(iter(runs.values())).config, FID)
    rows = {title: peers.loc[method] for method, title in PEERS.items()} | measured
    return pd.DataFrame(
        {
            "method": title,
            "FID": f"{row.value:.2f} ± {row.error:.2f}",
            "coloured": f"{row.images:,}",
            "reference": f"{int(row.reference_images):,}",
        }
        for title, row in rows.items()
    )


def gap_closed(results: Results, run: Run) -> float:
    """The share of the gap in disjoint FID between gray pictures and originals that a run closes."""
    return results.share_closed(run.config, FID, run.measured(*FID.key).value)


def margins(results: Results, run: Run) -> str:
    """By how much a run's disjoint FID is below that of gray pictures and of the best tint, for a sentence."""
    fid, peers = run.measured(*FID.key), results.peers(run.config, FID)
    parts = []
    for method in ("gray", "tint"):
        difference = peers.value[method] - fid.value
        errors = difference / np.hypot(peers.error[method], fid.error)
        parts.append(f"{PEERS[method]} by {difference:.1f}, {errors:.0f} times the error of the difference")
    return ", and below that of ".join(parts)


def metrics_table(results: Results, runs: Mapping[str, Run]) -> pd.DataFrame:
    """All metrics of runs on validation photographs, beside those of originals, gray pictures and the best tint.

    Values are texts with the standard error of the last digits in parentheses, KID in thousandths. A run that was also
    measured with the given luma put back has a second column for that. A metric that no run was measured by has no row.

    Args:
        results: where originals, gray pictures and the best tint are looked up.
        runs: the runs by the headings of their columns, all on the same data set at the same size.
    """
    config, rows = next(iter(runs.values())).config, []
    for metric in SHOWN:
        measured = {}
        for title, run in runs.items():
            measured[title] = run.measured(*metric.key)
            if LUMA_PUT_BACK in set(run.metrics.options[run.metrics.split == "validation"]):
                measured[f"{title}, {LUMA_PUT_BACK}"] = run.measured(*metric.key, options=LUMA_PUT_BACK)
        if all(row is None for row in measured.values()):
            continue
        peers = results.baselines(config, metric)
        columns = {"originals": "original", "gray": "gray", "best tint": "tint"}
        fixed = {name: peers.loc[method] if method in peers.index else None for name, method in columns.items()}
        values = {name: value_text(row, metric.scale) for name, row in (fixed | measured).items()}
        rows.append({"metric": metric.label, **values})
    return pd.DataFrame(rows or {"metric": ["not scored"]})


def distance_columns(table: pd.DataFrame) -> dict[str, list[str]]:
    """Columns to show FID and KID of a recorded table, each with its error."""
    counts = table.images.unique()
    columns = {FID.called(counts[0]) if len(counts) == 1 else FID.name: FID, KID.heading: KID}
    return {
        heading: [
            with_error(metric.scale * value, metric.scale * error)
            for value, error in zip(table[metric.name], table[f"{metric.name}_error"], strict=True)
        ]
        for heading, metric in columns.items()
    }


def measured_together(table: pd.DataFrame) -> list[pd.DataFrame]:
    """A recorded table's rows by the occasion on which they were measured, the earliest first: times are comparable
    only within one of them."""
    return [rows.reset_index(drop=True) for _, rows in table.groupby(["commit", "date"], sort=False)]

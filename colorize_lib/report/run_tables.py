"""Tables: what was measured on runs side by side, as chapters show it."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from colorize_lib.files import ColorizeError
from colorize_lib.provenance import hardware_text
from colorize_lib.report.texts import value_text, with_error
from colorize_lib.runs.config import RunConfig
from colorize_lib.runs.store import LUMA_PUT_BACK, Run, Store


def facts(runs: Mapping[str, Run]) -> pd.DataFrame:
    """What runs are and what made them, a column for each, by the name of its column."""
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


PEERS = {"original": "originals (floor)", "gray": "gray pictures", "tint": "the best constant tint"}


def fid_table(runs: Mapping[str, Run]) -> pd.DataFrame:
    """Disjoint FID of runs on validation photographs, after that of originals, gray pictures and the best tint."""
    measured = {title: run.measured("FID", "disjoint") for title, run in runs.items()}
    found = {title: row for title, row in measured.items() if row is not None}
    if not found:
        return pd.DataFrame({"method": ["not scored"], "FID": [""], "coloured": [""], "reference": [""]})
    peers = _peers(next(iter(runs.values())).config)
    rows = {title: peers.loc[method] for method, title in PEERS.items()} | found
    return pd.DataFrame(
        {
            "method": title,
            "FID": f"{row.value:.2f} ± {row.error:.2f}",
            "coloured": f"{row.images:,}",
            "reference": f"{int(row.reference_images):,}",
        }
        for title, row in rows.items()
    )


def gap_closed(run: Run) -> float:
    """Share of the gap in disjoint FID between gray pictures and originals that a run closes."""
    return share_closed(run.config, run.measured("FID", "disjoint").value)


def share_closed(
    config: RunConfig, value: float, split: str = "validation", metric: str = "FID", protocol: str = "disjoint"
) -> float:
    """Share of the gap between gray pictures and originals that a figure of a split closes."""
    peers = _peers(config, split, metric, protocol).value
    return (peers.gray - value) / (peers.gray - peers.original)


def _peers(
    config: RunConfig, split: str = "validation", metric: str = "FID", protocol: str = "disjoint"
) -> pd.DataFrame:
    """Figures of originals, gray pictures and the best tint, by method."""
    found = baselines(config, metric, protocol, split).set_index("method")
    if not set(PEERS) <= set(found.index):
        raise ColorizeError(
            f"No {metric} of gray pictures on the {split} split of {config.data_set} at {config.image_size} pixels is "
            f"recorded: measure it with `python -m colorize_lib evaluate {config.name} --split {split} --baselines`."
        )
    return found


def margins(run: Run) -> str:
    """How far a run's disjoint FID is below that of gray pictures and of the best tint, for a sentence."""
    own = run.measured("FID", "disjoint")
    peers = _peers(run.config)
    parts = []
    for method in ("gray", "tint"):
        difference = peers.value[method] - own.value
        errors = difference / np.hypot(peers.error[method], own.error)
        parts.append(f"{PEERS[method]} by {difference:.1f}, {errors:.0f} times the error of the difference")
    return ", and below that of ".join(parts)


PROXY_SCORE = "EfficientNet-Lite0 IS"
TABLE_METRICS = [
    ("FID", "disjoint"), ("KID", "disjoint"), ("FID", "paired"), ("PD", "paired"), ("LPIPS", "paired"),
    ("PSNR", "paired"), ("SSIM", "paired"), ("IS", "alone"), (PROXY_SCORE, "alone"),
    ("Colorfulness", "alone"), ("LPIPS diversity", "samples"),
]  # fmt: skip


def metrics_table(runs: Mapping[str, Run]) -> pd.DataFrame:
    """All metrics of runs on validation photographs beside those of originals, gray pictures and the best tint.

    Values as text, with the standard error of their last digits in parentheses, KID in thousandths. A run that was
    measured with the given luma put back has a second column of that. A metric that no run has, has no row.

    Args:
        runs: by the name of their column; all on one data set at one size.
    """
    rows = []
    for metric, protocol in TABLE_METRICS:
        found = {}
        for title, run in runs.items():
            found[title] = run.measured(metric, protocol)
            if LUMA_PUT_BACK in set(run.metrics.options[run.metrics.split == "validation"]):
                found[f"{title}, {LUMA_PUT_BACK}"] = run.measured(metric, protocol, options=LUMA_PUT_BACK)
        if all(own is None for own in found.values()):
            continue
        peers = baselines(next(iter(runs.values())).config, metric, protocol).set_index("method")
        columns = {"originals": "original", "gray": "gray", "best tint": "tint"}
        fixed = {name: peers.loc[method] if method in peers.index else None for name, method in columns.items()}
        label = {"KID": "10³ KID", "FID": f"FID, {protocol}"}.get(metric, metric)
        scale = 1000 if metric == "KID" else 1
        values = {name: value_text(value, scale) for name, value in (fixed | found).items()}
        rows.append({"metric": label, **values})
    return pd.DataFrame(rows)


def distance_columns(table: pd.DataFrame) -> dict[str, list[str]]:
    """FID and KID of a recorded table, each with its error, as columns to be shown."""
    counts = table.images.unique()
    columns = {f"FID-{counts[0]}" if len(counts) == 1 else "FID": ("FID", 1), "10³ KID": ("KID", 1000)}
    return {
        label: [
            with_error(scale * value, scale * error)
            for value, error in zip(table[name], table[f"{name}_error"], strict=True)
        ]
        for label, (name, scale) in columns.items()
    }


def baselines(config: RunConfig, metric: str, protocol: str, split: str = "validation") -> pd.DataFrame:
    """Recorded values of a metric on a configuration's photographs, left as they are, gray, and in the best constant
    tint: one row for each method."""
    table = Store.default().table("baselines")
    chosen = (table.data_set == config.data_set) & (table.image_size == config.image_size) & (table.split == split)
    table = table[chosen & (table.metric == metric) & (table.protocol == protocol)]
    return table.sort_values("images").drop_duplicates("method", keep="last")


def measured_together(table: pd.DataFrame) -> list[pd.DataFrame]:
    """A recorded table's rows by when they were measured, the first first: only within one are times comparable."""
    return [rows.reset_index(drop=True) for _, rows in table.groupby(["commit", "date"], sort=False)]

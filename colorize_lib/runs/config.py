"""What a run is: its configuration, its name, and the milestones of its training."""

import dataclasses
import hashlib
import itertools
import json
import math
from dataclasses import dataclass

from colorize_lib import models

FIRST_MILESTONE = 1_000


@dataclass(frozen=True)
class RunConfig:
    """One training of one variant on one data set, size and seed, for a number of images seen.

    Attributes:
        family, preset: the model and its size class; `hyperparameters` holds every number that follows from them.
        data_set, image_size: what `data.prepare` is given.
        train_images: how many distinct photographs it is trained on; 0 means all there are.
        images_seen: the budget; an image counts each time it is seen.
        seed: of the weights, the noise and the order of the photographs. The split is the same for all runs.
        hyperparameters: the family's configuration.
    """

    family: str
    preset: str
    data_set: str
    image_size: int
    train_images: int
    images_seen: int
    seed: int
    hyperparameters: object

    @classmethod
    def create(
        cls,
        family: str,
        preset: str,
        data_set: str,
        images_seen: int,
        *,
        image_size: int | None = None,
        train_images: int = 0,
        seed: int = 0,
        **settings,
    ) -> "RunConfig":
        """A configuration with the preset's hyper-parameters, but for those that `settings` gives.

        Raises:
            ColorizeError: there is no such family, preset or hyper-parameter, or a value is not possible.
        """
        hyperparameters = models.configure(family, preset, **settings)
        size = image_size or models.IMAGE_SIZES[preset]
        return cls(family, preset, data_set, size, train_images, images_seen, seed, hyperparameters)

    @classmethod
    def from_json(cls, text: str) -> "RunConfig":
        fields = json.loads(text)
        fields.pop("version")
        hyperparameters = models.configure(fields["family"], fields["preset"], **fields.pop("hyperparameters"))
        return cls(**fields, hyperparameters=hyperparameters)

    def to_json(self) -> str:
        return json.dumps({**dataclasses.asdict(self), "version": self.hyperparameters.VERSION}, indent=1) + "\n"

    def settings(self) -> dict[str, object]:
        """The hyper-parameters that differ from the preset's."""
        defaults = vars(models.configure(self.family, self.preset))
        return {name: value for name, value in vars(self.hyperparameters).items() if value != defaults[name]}

    @property
    def steps(self) -> int:
        """How many batches it takes to see `images_seen` images."""
        return math.ceil(self.images_seen / self.hyperparameters.batch_size)

    def images_after(self, steps: int) -> int:
        """Images seen after so many steps."""
        return steps * self.hyperparameters.batch_size

    @property
    def milestones(self) -> list[int]:
        """Images seen at which a training keeps its samples and weights and may be scored: after the batch that brings
        them to 1,000, 2,000, 4,000 ..., and at the end. Only the last one depends on how long the run is."""
        batch, end = self.hyperparameters.batch_size, self.images_after(self.steps)
        counts = (math.ceil(FIRST_MILESTONE * 2**k / batch) * batch for k in itertools.count())
        return [*itertools.takewhile(lambda count: count < end, counts), end]

    @property
    def lineage(self) -> str:
        """Hash of everything but the budget: of two runs with the same lineage, the longer continues the shorter.

        Of the hyper-parameters only those that differ from their defaults enter, so that a new one with a default
        orphans no run. The preset does not enter, since it stands for nothing but its numbers.
        """
        fields = dataclasses.asdict(self)
        for name in ("preset", "images_seen"):
            del fields[name]
        defaults = {f.name: f.default for f in dataclasses.fields(self.hyperparameters)}
        hyperparameters = fields.pop("hyperparameters")
        fields |= {name: value for name, value in hyperparameters.items() if value != defaults[name]}
        fields["version"] = self.hyperparameters.VERSION
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:8]

    @property
    def name(self) -> str:
        """The run's identity, which is its folder's name."""
        data_set = "".join(c if c.isalnum() else "_" for c in self.data_set).strip("_")
        return f"{self.family}-{self.preset}-{data_set}-{self.image_size}-{self.lineage}-{self.images_seen}"

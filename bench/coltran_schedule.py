"""Drawing the same colours in two ways: with everything computed once, and as the official code of ColTran does it.

    KERAS_BACKEND=jax python -m bench.coltran_schedule arithmetic
    python -m bench.coltran_schedule seconds

The official schedule runs the encoder once, the outer decoder over the whole picture once a row, and the inner decoder
over the row once a pixel. For cores of 8x8 to 64x64 at the widths of `small` and batches of 16, the first command
counts the arithmetic of both in the JAX program, loops as often as they run: two operations for a product and its
addition, one for what works on each number. The second measures the time on TensorFlow with two threads, in turns, and
how many of the colours that both draw with the same random numbers are equal. Both write
results/tables/coltran_WHAT.csv.
"""

import math
import sys
import time

import keras
import numpy as np
from keras import ops

from bench.scores import add
from colorize_lib import models
from colorize_lib.models.coltran.codes import Codes
from colorize_lib.models.coltran.core import Core
from colorize_lib.models.coltran.layers import Conditions, shifted
from colorize_lib.models.coltran.sampling import CachedSampler, write

CORES, BATCH, ROUNDS, THREADS = (8, 16, 32, 64), 16, 3, 2
REDUCTIONS = {"reduce_sum", "reduce_max", "reduce_min", "argmax", "cumsum"}
EACH = {
    *("add", "add_any", "sub", "mul", "div", "neg", "max", "min", "sign", "round", "floor", "rem"),
    *("exp", "exp2", "log", "log1p", "sqrt", "rsqrt", "tanh", "integer_pow", "pow", "square"),
    *("select_n", "eq", "ne", "lt", "le", "gt", "ge", "and", "or", "not", "stop_gradient"),
}


class OfficialSchedule(CachedSampler):
    """The same colours without caches; the log-probabilities are left out."""

    def call(self, gray, draws, temperature, top_k):
        core, side = self.core, self.core.side
        encoding = core.encode(gray)
        norms = [block.condition_norms(encoding) for block in core.inner_blocks]
        draws = ops.transpose(ops.reshape(draws, (-1, side, side)), (1, 2, 0))

        def one_row(i, state):
            symbols, embedded = state
            above = shifted(core.outer(embedded, encoding), 1)
            here = [ops.take(x, ops.reshape(i, (1,)), axis=1) for x in (encoding, above)]
            found, row = self.one_row(i, *here, norms, ops.take(draws, i, axis=0), (temperature, top_k[0, 0]))
            return write(symbols, i, found), ops.swapaxes(write(ops.swapaxes(embedded, 0, 1), i, row), 0, 1)

        symbols, _ = ops.fori_loop(0, side, one_row, (ops.cast(draws * 0, "int32"), ops.zeros_like(encoding)))
        return ops.transpose(symbols, (2, 0, 1))

    def one_row(self, i, encoding, above, norms, draws, settings):
        """Symbols (s, N) of row i and its embedded colours (N, s, C); encoding and above are (N, 1, s, C)."""
        core, context = self.core, ops.concatenate([encoding, above], axis=-1)
        # Added up here: within both loops TensorFlow 2.21 may fail to share the memory of a sum of several.
        base = ops.take(core.inner_positions.grid(), ops.reshape(i, (1,)), axis=0) + encoding + above

        def one_pixel(j, state):
            symbols, row = state
            x = shifted(ops.swapaxes(row, 0, 1)[:, None], 2) + base
            for block, norm in zip(core.inner_blocks, norms, strict=True):
                x = block(x, Conditions(block.conditional(context), norm))
            logits = core.logits(core.last_norm(ops.take(x[:, 0], j, axis=1)))
            symbol, _ = self.draw(logits, ops.take(draws, j, axis=0), *settings)
            return write(symbols, j, symbol), write(row, j, ops.take(core.color_embedding.kernel, symbol, axis=0))

        nothing = ops.swapaxes(ops.zeros_like(encoding)[:, 0], 0, 1)
        symbols, row = ops.fori_loop(0, core.side, one_pixel, (ops.cast(draws * 0, "int32"), nothing))
        return symbols, ops.swapaxes(row, 0, 1)


def samplers(side: int) -> dict[str, keras.Layer]:
    """Both, around one core."""
    keras.utils.set_random_seed(0)
    core = Core(models.configure("coltran", "small", output="chroma"), side, Codes("chroma").symbols)
    return {"cached": CachedSampler(core), "official": OfficialSchedule(core)}


def inputs(side: int) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    gray, draws = random.uniform(-1, 1, (BATCH, 4 * side, 4 * side, 1)), random.uniform(size=(BATCH, side**2))
    return [
        gray.astype(np.float32),
        draws.astype(np.float32),
        np.ones((BATCH, 1), np.float32),
        np.zeros((BATCH, 1), int),
    ]


def arithmetic() -> None:
    import jax

    for side in CORES:
        for schedule, sampler in samplers(side).items():
            program = jax.make_jaxpr(lambda *given, sampler=sampler: sampler(*given))(*inputs(side))
            keys = {"schedule": schedule, "core": side, "batch": BATCH}
            add("coltran_arithmetic", {**keys, "GFLOP_per_image": operations(program.jaxpr) / BATCH / 1e9}, list(keys))


def operations(program) -> int:
    """Arithmetic of a JAX program."""
    total = 0
    for equation in program.eqns:
        name, inside = equation.primitive.name, list(programs(equation.params))
        size = sum(math.prod(value.aval.shape) for value in equation.outvars)
        if name == "dot_general":
            (contracted, _), _ = equation.params["dimension_numbers"]
            total += 2 * size * math.prod(equation.invars[0].aval.shape[axis] for axis in contracted)
        elif name == "while":
            raise NotImplementedError("a loop whose number of turns the program does not say")
        elif inside:
            total += equation.params.get("length", 1) * max(operations(part) for part in inside)
        elif name in EACH:
            total += size
        elif name in REDUCTIONS:
            total += math.prod(equation.invars[0].aval.shape)
    return total


def programs(parameters: dict):
    """The programs within an operation: a loop's body, the branches of a choice."""
    for value in parameters.values():
        for part in value if isinstance(value, (tuple, list)) else (value,):
            part = getattr(part, "jaxpr", part)
            if hasattr(part, "eqns"):
                yield part


def seconds() -> None:
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    for side in CORES:
        given = [tf.constant(value) for value in inputs(side)]
        drawers = {
            schedule: tf.function(lambda *given, sampler=sampler: sampler(*given))
            for schedule, sampler in samplers(side).items()
        }
        symbols = [draw(*given) for draw in drawers.values()]  # what is compiled first is not counted
        equal = np.mean(symbols[0][0].numpy() == symbols[1].numpy())
        times = {schedule: [] for schedule in drawers}
        for schedule in [*drawers] * ROUNDS:
            began = time.perf_counter()
            drawers[schedule](*given)
            times[schedule].append((time.perf_counter() - began) / BATCH)
        for schedule, found in times.items():
            keys = {"schedule": schedule, "core": side, "batch": BATCH}
            row = {"seconds_per_image": np.median(found), "least": min(found), "most": max(found), "rounds": ROUNDS}
            add("coltran_seconds", {**keys, **row, "equal": equal}, list(keys))


if __name__ == "__main__":
    {"arithmetic": arithmetic, "seconds": seconds}[sys.argv[1]]()

"""What batches save: prompts of mixed length, read by a scorer and by one call after another."""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tests.benchmarks.measure import Figure, Goal, ratios, wall_s
from workloads.columns import read_columns

SIZES = {
    "MiniLM": {
        "hidden_size": 384,
        "num_hidden_layers": 6,
        "num_attention_heads": 12,
        "intermediate_size": 1536,
    },
    "BERT base": {},
}
"""all-MiniLM-L6-v2's 22 M parameters, and the 110 M that transformers takes by itself."""
WORDS = [f"w{number}" for number in range(30_000)]
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
PROMPTS = 256
TOKENS_PER_WORD = 1.3
MEDIAN_TOKENS, SIGMA, MOST_TOKENS = 58.0, 0.7, 270


def reading(rounds: int, size: str = "MiniLM") -> list[Figure]:
    """One-by-one calls of transformers over the scorer's batches, on the wall, on all cores."""
    if not all(map(find_spec, ("torch", "transformers"))):
        print("reading: needs the extra bert (torch, transformers): left out")
        return []
    figures = []
    with TemporaryDirectory() as folder:
        _build(Path(folder), size)
        for name, goal, prompts in (
            (f"some {MEDIAN_TOKENS:g} tokens", Goal(">=", 3.0), _lognormal()),
            ("MT-Bench-101's lengths", Goal(""), _like_mtbench101()),
        ):
            one_by_one, batched = _one_by_one(Path(folder), prompts), _batched(Path(folder), prompts)
            gap = np.abs(one_by_one() - batched()).max()  # once, to warm up
            assert gap < 1e-4, f"the two sides differ by {gap:g}"
            found = ratios(partial(wall_s, one_by_one), partial(wall_s, batched), rounds)
            note = f"{PROMPTS} prompts, random weights of {size}'s size, wall, all cores"
            figures.append(Figure(f"one-by-one calls over batches, {name}", goal, found, note))
    return figures


def _lognormal() -> list[str]:
    """About as long as the prompts of all embedded benchmarks together, with their long tail."""
    rng = np.random.default_rng(5)
    lengths = rng.lognormal(np.log(MEDIAN_TOKENS), SIGMA, PROMPTS).clip(3, MOST_TOKENS)
    return [" ".join(rng.choice(WORDS, int(length) - 2)) for length in lengths]


def _like_mtbench101() -> list[str]:
    """Turns of the default workload: short ones."""
    rng = np.random.default_rng(5)
    words = [float(word) for word in read_columns("mtbench101", {"prompt_tokens": float})["prompt_tokens"]]
    return [
        " ".join(rng.choice(WORDS, round(TOKENS_PER_WORD * length))) for length in rng.choice(words, PROMPTS)
    ]


def _build(folder: Path, size: str) -> None:
    """A classifier of three labels with random weights, and a tokenizer that takes a word for a token."""
    import torch
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    transformers.utils.logging.disable_progress_bar()
    vocabulary = {word: number for number, word in enumerate((*SPECIAL, *WORDS))}
    pieces = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    pieces.pre_tokenizer = pre_tokenizers.Whitespace()
    ends = [(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")]
    pieces.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=pieces, pad_token="[PAD]", unk_token="[UNK]", model_max_length=512
    ).save_pretrained(folder)
    config = transformers.BertConfig(vocab_size=len(vocabulary), num_labels=3, **SIZES[size])
    with torch.random.fork_rng():
        torch.manual_seed(5)
        transformers.BertForSequenceClassification(config).save_pretrained(folder)


def _one_by_one(folder: Path, prompts: list[str]) -> Callable[[], Any]:
    """A prompt at a time through tokenizer and model, as RouteLLM calls them."""
    import torch
    import transformers

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()

    def read() -> Any:
        rows = []
        with torch.inference_mode():
            for prompt in prompts:
                tokens = tokenizer(prompt, return_tensors="pt", padding=True, truncation=True)
                rows.append(model(**tokens).logits.numpy()[0])
        return np.array(rows)

    return read


def _batched(folder: Path, prompts: list[str]) -> Callable[[], Any]:
    """Our way, with the settings of scorer=bert."""
    from simulator.build import build
    from simulator.config import compose
    from simulator.encoders.model import Model

    settings = compose(["scorer=bert", f"scorer.checkpoint={folder}"]).settings["scorer"]
    model = Model(folder, build(settings, "scorer"), "logits", 3)

    def read() -> Any:
        rows = np.empty((len(prompts), 3))
        for batch in model.batches(model.lengths(prompts)):
            rows[batch] = model.rows([prompts[number] for number in batch])
        return rows

    return read

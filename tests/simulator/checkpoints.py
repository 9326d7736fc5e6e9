"""Small random checkpoints, made in a moment: the architectures of the real ones, none of their weights."""

from pathlib import Path
from typing import Any, Literal

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

SENTENCES = (
    "how many apples are left if you eat three of the seven that were in a basket prove it",
    "write short poem about sea and then explain why does water boil at lower temperature on high",
    "mountain which planet largest what capital answer A B C D 0 1 2 3 4 5 6 7 8 9 , . ? !",
)
WORDS = " ".join(SENTENCES).split()
"""What the tokenizers know whole; other words they spell."""
POSITIONS = 66
"""Places in a text: a BERT takes 66 tokens, an XLM-RoBERTa 64."""


def tiny_classifier(
    folder: Path, labels: int = 3, style: Literal["bert", "xlmr"] = "xlmr", seed: int = 0
) -> Path:
    """A sequence classifier with random weights in `folder`."""
    config = _config(style, num_labels=labels)
    kinds: Any = {
        "bert": transformers.BertForSequenceClassification,
        "xlmr": transformers.XLMRobertaForSequenceClassification,
    }
    return _saved(kinds[style], config, style, folder, seed)


def tiny_encoder(folder: Path, style: Literal["bert", "xlmr"] = "bert", seed: int = 0) -> Path:
    """A plain encoder with random weights in `folder`."""
    kinds: Any = {"bert": transformers.BertModel, "xlmr": transformers.XLMRobertaModel}
    return _saved(kinds[style], _config(style), style, folder, seed)


def _config(style: str, **more: Any) -> Any:
    sizes = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": POSITIONS,
        "vocab_size": 200,
        "initializer_range": 0.4,  # large, so that different texts get clearly different figures
    }
    if style == "bert":
        return transformers.BertConfig(**sizes, pad_token_id=0, **more)
    return transformers.XLMRobertaConfig(
        **sizes, pad_token_id=1, bos_token_id=0, eos_token_id=2, type_vocab_size=1, **more
    )


def _saved(kind: Any, config: Any, style: str, folder: Path, seed: int) -> Path:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        kind(config).save_pretrained(folder)
    _tokenizer(style).save_pretrained(folder)
    return folder


def _tokenizer(style: str) -> Any:
    """Pieces of words, with the special tokens of the real architecture at its places."""
    names = {"bert": ("[CLS]", "[SEP]", "[PAD]", "[UNK]"), "xlmr": ("<s>", "</s>", "<pad>", "<unk>")}[style]
    first, last, pad, unknown = names
    order = [pad, first, last, unknown] if style == "bert" else [first, pad, last, unknown]
    letters = sorted(set("".join(WORDS)))
    pieces_of_words = [*letters, *(f"##{letter}" for letter in letters), *sorted(set(WORDS) - set(letters))]
    numbers = {piece: number for number, piece in enumerate([*order, *pieces_of_words])}
    pieces = Tokenizer(models.WordPiece(numbers, unk_token=unknown))
    pieces.normalizer = normalizers.NFC()
    pieces.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    pieces.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}",
        special_tokens=[(first, pieces.token_to_id(first)), (last, pieces.token_to_id(last))],
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=pieces,
        cls_token=first,
        sep_token=last,
        pad_token=pad,
        unk_token=unknown,
        model_max_length=POSITIONS if style == "bert" else POSITIONS - 2,
    )

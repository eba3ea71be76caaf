"""Cutting captions into words inside the graph, one function per kind."""

import tensorflow as tf

from tfragan.text.tensorflow_text_ops import tensorflow_text_ops

_NOT_A_WORD = r"[^\pL\pN_]+"
_NOT_ASCII = r"[^\x00-\x7F]+"
# A mark belongs to the letter before it; without one it is no word either.
_NOT_A_MARKED_WORD = r"^\pM+|[^\pL\pM\pN_]\pM*"
_NOT_A_MARKED_WORD_OR_SYMBOL = r"^\pM+|[^\pL\pM\pN\p{So}\p{Sm}\p{Sc}]\pM*"
_STANDS_ALONE = r"[\p{Han}\p{So}\p{Sm}\p{Sc}]\pM*"
_ZERO_WIDTH_SPACE_OR_REPLACEMENT = r"[\x{200B}\x{FFFD}]"
_SPACE = 0x20


def segment_words(captions):
    r"""Cuts captions as the published AttnGAN code does, with core ops only.

    Lower-cases, takes the maximal runs of letters, digits and underscores
    (Python's `\w+`), drops the non-ASCII characters inside each run and then
    the runs that became empty. A graph of it runs on any TensorFlow server,
    without tensorflow-text.

    Invalid UTF-8, NUL and other control characters part words.

    Args:
        captions: strings, shape `(batch,)`: a tensor, or a list of `str` or
            `bytes`.

    Returns:
        `tf.RaggedTensor` of strings, shape `(batch, None)`.

    Reference:
        Published preprocessing of [AttnGAN](https://arxiv.org/abs/1711.10485).

    Example:

    >>> segment_words(["A naïve bird's 10cm wing-span"]).to_list()
    [[b'a', b'nave', b'bird', b's', b'10cm', b'wing', b'span']]
    """
    # The published code also turns pairs of U+FFFD into a space. U+FFFD is no
    # word character, so every single one already parts words here.
    text = tf.strings.lower(_valid_text(captions), encoding="utf-8")
    text = tf.strings.regex_replace(text, _NOT_A_WORD, " ")
    return tf.strings.split(tf.strings.regex_replace(text, _NOT_ASCII, ""))


def segment_unicode_words(captions):
    """Cuts captions into folded words of any script that puts spaces.

    Normalizes and case-folds (Unicode's NFKC_Casefold, so `ﬁ` is `fi` and
    `ß` is `ss`), then takes the maximal runs of letters, combining marks,
    digits and underscores. Unlike `segment_words` nothing is dropped inside a
    word. A sentence written without spaces stays one word: use the kind
    `wordpiece` for such scripts.

    Reference:
        [Unicode Standard, 3.13](https://www.unicode.org/versions/latest/),
        definition R5, toNFKC_Casefold.
    """
    text = _folded_text(captions)
    return tf.strings.split(
        tf.strings.regex_replace(text, _NOT_A_MARKED_WORD, " ")
    )


def segment_for_wordpieces(captions):
    """Cuts captions into the runs inside which wordpieces are looked for.

    Folds as `segment_unicode_words`, drops punctuation, and sets every Han
    character and every symbol (emoji are symbols) apart as a word of its own.
    Other scripts without spaces, such as Thai or kana, give long runs, which
    the learned pieces cut.

    Reference:
        Pre-tokenization of Chinese in [BERT](
        https://github.com/google-research/bert/blob/master/multilingual.md).
    """
    text = tf.strings.regex_replace(
        _folded_text(captions), _NOT_A_MARKED_WORD_OR_SYMBOL, " "
    )
    text = tf.strings.regex_replace(text, f"({_STANDS_ALONE})", r" \1 ")
    return tf.strings.split(text)


def stands_alone(words):
    """Which words `segment_for_wordpieces` sets apart as one character."""
    return tf.strings.regex_full_match(words, _STANDS_ALONE)


def caption_strings(captions):
    """Captions as a string tensor `(batch,)`; anything else is refused.

    Of a list of `str`, lone surrogates, which JSON files can hold and UTF-8
    cannot, become `?`.
    """
    if isinstance(captions, str | bytes):
        raise ValueError(
            "captions: expected a list of strings or a string tensor of shape "
            f"(batch,), received one {type(captions).__name__}; put it into "
            "a list."
        )
    if isinstance(captions, list | tuple):
        captions = [
            _caption_bytes(index, caption)
            for index, caption in enumerate(captions)
        ]
        captions = tf.convert_to_tensor(captions, tf.string)
    captions = tf.convert_to_tensor(captions)
    rank = captions.shape.rank
    if captions.dtype != tf.string or rank not in (None, 1):
        raise ValueError(
            "captions: expected strings of shape (batch,), received "
            f"{captions.dtype.name} of shape {captions.shape}."
        )
    return tf.ensure_shape(captions, [None]) if rank is None else captions


def _caption_bytes(index, caption):
    if isinstance(caption, str):
        return caption.encode("utf-8", "replace")
    if isinstance(caption, bytes) or tf.is_tensor(caption):
        return caption
    raise ValueError(
        f"captions[{index}]: expected a string, received "
        f"{type(caption).__name__} {caption!r:.80}."
    )


def _valid_text(captions):
    # Later ops would cut a caption at a NUL, hence the control characters.
    return tf.strings.unicode_transcode(
        caption_strings(captions),
        input_encoding="UTF-8",
        output_encoding="UTF-8",
        errors="replace",
        replacement_char=_SPACE,
        replace_control_characters=True,
    )


def _folded_text(captions):
    # Folding deletes U+200B, which marks word ends in Thai and Khmer. U+FFFD
    # stands for a lost character and would pass for a symbol.
    text = tf.strings.regex_replace(
        _valid_text(captions), _ZERO_WIDTH_SPACE_OR_REPLACEMENT, " "
    )
    return tensorflow_text_ops().case_fold_utf8(text)

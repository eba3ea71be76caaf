"""Learning which pieces words are made of, by merging frequent neighbors."""

import collections
import heapq

CONTINUATION = "##"

# Enough to see every frequent piece; more words only cost time.
_MOST_WORDS = 30_000
_LONGEST_PIECE = 16


def learn_pieces(word_counts, size, min_count=1):
    """Learns the pieces that words are cut into.

    Starts from characters and merges the most frequent pair of neighbors
    until the vocabulary is full, as byte-pair encoding does. A merged piece
    that a single longer one used up is left out of the result; one that
    several longer ones share, such as a stem, stays. tensorflow-text has
    a learner as well; it looks at all substrings of every word, which takes
    minutes on scripts without spaces, several times as long as this.

    Args:
        word_counts: dict from word to how often it occurs.
        size: most pieces.
        min_count: least occurrences of a character; merged pieces need two
            at least.

    Returns:
        List of at most `size` pieces: characters, characters that continue a
        word (`##` before them), then merged pieces, each by frequency.

    Reference:
        [Neural Machine Translation of Rare Words with Subword Units](
        https://arxiv.org/abs/1508.07909), algorithm 1.
    """
    characters = collections.Counter()
    for word, count in word_counts.items():
        for character in word:
            characters[character] += count
    # A character takes two places; a third of them stays for merged pieces.
    kept = [
        character
        for character, count in characters.most_common(max(1, size // 3))
        if count >= min_count
    ]
    single = [*kept, *(CONTINUATION + character for character in kept)]
    merger = _Merger(
        collections.Counter(word_counts).most_common(_MOST_WORDS),
        least_count=max(2, min_count),
    )
    return [*single, *merger.merge(size - len(single))][:size]


class _Merger:
    """Words as lists of pieces, with the counts of neighboring pairs."""

    def __init__(self, word_counts, least_count):
        self._least_count = least_count
        self._counts = [count for _, count in word_counts]
        self._words = [
            [word[0], *(CONTINUATION + character for character in word[1:])]
            for word, _ in word_counts
        ]
        self._usage = collections.Counter()
        self._absorbed = collections.Counter()
        self._pairs = collections.Counter()
        self._places = collections.defaultdict(set)
        for place, pieces in enumerate(self._words):
            for piece in pieces:
                self._usage[piece] += self._counts[place]
            self._count_pairs(place, pieces)
        self._queue = [(-count, pair) for pair, count in self._pairs.items()]
        heapq.heapify(self._queue)

    def merge(self, size):
        """Merges until `size` merged pieces are worth keeping; gives those."""
        live = set()
        while len(live) < size and (pair := self._most_frequent_pair()):
            merged = pair[0] + pair[1].removeprefix(CONTINUATION)
            self._replace(pair, merged)
            self._absorbed.update(set(pair))
            for piece in (merged, *pair):
                if len(piece.removeprefix(CONTINUATION)) == 1:
                    continue
                shared = self._absorbed[piece] > 1
                if shared or self._usage[piece] >= self._least_count:
                    live.add(piece)
                else:
                    live.discard(piece)
        return sorted(live, key=lambda piece: (-self._usage[piece], piece))

    def _most_frequent_pair(self):
        while self._queue:
            negative, pair = heapq.heappop(self._queue)
            count = self._pairs[pair]
            if count < self._least_count or _length(pair) > _LONGEST_PIECE:
                continue
            if count == -negative:
                return pair
            # Counts that fell since are put back in their new place; a
            # count that rose was queued when it did.
            if count < -negative:
                heapq.heappush(self._queue, (-count, pair))
        return None

    def _replace(self, pair, merged):
        risen = set()
        for place in sorted(self._places.pop(pair, ())):
            old = self._words[place]
            new = _merged_pieces(old, pair, merged)
            number = (len(old) - len(new)) * self._counts[place]
            if not number:
                continue
            self._words[place] = new
            self._usage[merged] += number
            self._usage[pair[0]] -= number
            self._usage[pair[1]] -= number
            for neighbors in zip(old, old[1:], strict=False):
                self._pairs[neighbors] -= self._counts[place]
            risen.update(self._count_pairs(place, new))
        del self._pairs[pair]
        for neighbors in risen:
            heapq.heappush(self._queue, (-self._pairs[neighbors], neighbors))

    def _count_pairs(self, place, pieces):
        pairs = list(zip(pieces, pieces[1:], strict=False))
        for pair in pairs:
            self._pairs[pair] += self._counts[place]
            self._places[pair].add(place)
        return pairs


def _length(pair):
    return sum(len(piece.removeprefix(CONTINUATION)) for piece in pair)


def _merged_pieces(pieces, pair, merged):
    result = []
    place = 0
    while place < len(pieces):
        if (
            pieces[place] == pair[0]
            and place + 1 < len(pieces)
            and pieces[place + 1] == pair[1]
        ):
            result.append(merged)
            place += 2
        else:
            result.append(pieces[place])
            place += 1
    return result

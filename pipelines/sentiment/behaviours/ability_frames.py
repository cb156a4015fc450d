"""The sentences of the tests of ability, with places for words.

`{word}` is an opinion word, `{other}` its opposite, `{past}` and `{base}` are forms of a verb, and
`{thing}` is what the opinion is about.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = [
    "ADJECTIVE_FRAMES",
    "CHANGES_IN_TIME",
    "COMPARISONS",
    "CONTRASTS",
    "DISTANT_NEGATIONS",
    "NEGATED_VERBS",
    "NEGATIONS",
    "QUESTIONS_AFFIRMED",
    "QUESTIONS_DENIED",
    "REPORTS",
    "UNREAL",
    "VERB_FRAMES",
]

ADJECTIVE_FRAMES = (
    "The {thing} was {word}.",
    "I found the {thing} {word}.",
    "All in all, a {thing} that is {word}.",
)
VERB_FRAMES = (
    "I {past} the {thing}.",
    "We both {past} it from the first minute.",
    "My whole family {past} the {thing}.",
)

NEGATIONS = (
    "The {thing} was not {word}.",
    "The {thing} wasn't {word}.",
    "The {thing} is not at all {word}.",
    "The {thing} was never {word}.",
    "The {thing} was anything but {word}.",
    "The {thing} was far from {word}.",
    "The {thing} was by no means {word}.",
    "Nobody would call the {thing} {word}.",
    "I would not call the {thing} {word}.",
    "There was nothing {word} about the {thing}.",
)
NEGATED_VERBS = (
    "I did not {base} the {thing}.",
    "I didn't {base} the {thing}.",
    "None of us {past} the {thing}.",
)

DISTANT_NEGATIONS = (
    "I can't say that, after all these weeks, the {thing} was {word}.",
    "I do not think, having slept over it for three nights, that the {thing} was {word}.",
    "Nothing that we came across on either of the two evenings made the {thing} {word}.",
    "None of the people who were there with us on that day found the {thing} {word}.",
    "It is not, whatever the poster by the door of the station says, {word}.",
    "No one at our table, and least of all my uncle, thought that the {thing} was {word}.",
    "I would never, in all the years that I have been coming here, have called the {thing} {word}.",
    "Neither my neighbour from the second floor nor I would say that the {thing} was {word}.",
)

CONTRASTS = (
    "The {thing} was {other}, but in the end I {past} it.",
    "Although much about the {thing} was {other}, I {past} it.",
    "Even though it began {other}, the {thing} was {word}.",
    "Some of it was {other}, but most of the {thing} was {word}.",
    "At first sight {other}, on a closer look {word}: that is this {thing}.",
    "One scene was {other}; as a whole, though, the {thing} was {word}.",
    "Despite one {other} moment, the {thing} was {word}.",
    "Never mind the {other} beginning: the {thing} was {word}.",
)

CHANGES_IN_TIME = (
    "I used to think that the {thing} was {other}, but now I find it {word}.",
    "The {thing} was {other} in the past; these days it is {word}.",
    "Ten years ago the {thing} was {other}. Today it is {word}.",
    "In the old days I found the {thing} {other}, now it is {word}.",
    "The {thing} is {word} now, although it used to be {other}.",
    "Today I find the {thing} {word}; before, I thought it {other}.",
    "It has become {word}, this {thing} that once was {other}.",
    "Once {other}, the {thing} is now {word}.",
)

REPORTS = (
    "My neighbour called the {thing} {other}; I call it {word}.",
    "The papers said that it was {other}, but I found the {thing} {word}.",
    "Others may find the {thing} {other}. I find it {word}.",
    "To my brother the {thing} was {other}; to me it was {word}.",
    "I know that some people think it {other}, yet to me the {thing} is {word}.",
    "I can't understand who calls this {thing} {other}: it is {word}.",
    "They had told us how {other} it would be. The {thing} was {word}.",
    "I had expected the {thing} to be {other}, and it was {word}.",
)

UNREAL: Mapping[int, tuple[str, ...]] = {
    -1: (
        "The {thing} could have been {word}.",
        "I wish the {thing} had been {word}.",
        "If only the {thing} were {word}.",
        "The {thing} should have been {word}.",
        "I had expected the {thing} to be {word}; it was not.",
        "With another team this {thing} might have been {word}.",
        "It would take a lot to make this {thing} {word}.",
        "The {thing} wants to be {word}, and that is all.",
    ),
    1: (
        "I was afraid that the {thing} would be {word}, and it was not.",
        "I had expected the {thing} to be {word}. Not a bit of it!",
        "The {thing} could easily have been {word}; it is the opposite.",
        "Who thinks that this {thing} must be {word} is wrong.",
        "It would have been easy to make the {thing} {word}. They did not.",
        "A {thing} that is {word} would have surprised nobody; this one is not.",
    ),
}
"""Sign of the whole -> frames with a word of the opposite sign, which is wished for, expected or
possible, but not so."""

COMPARISONS: Mapping[int, tuple[str, ...]] = {
    1: (
        "The {thing} was better than I had expected.",
        "I have never known a better {thing}.",
        "No other {thing} comes close to this one.",
        "Of all those I know, this {thing} is the best.",
        "It can't get any better than this {thing}.",
        "Next to this {thing} all the others look poor.",
        "The {thing} has become much better.",
        "I would take this {thing} over any other.",
    ),
    -1: (
        "The {thing} was worse than I had expected.",
        "I have never known a worse {thing}.",
        "Any other {thing} would have been better.",
        "Of all those I know, this {thing} is the worst.",
        "It can't get any worse than this {thing}.",
        "Next to this {thing} all the others look great.",
        "The {thing} has become much worse.",
        "I would take any other {thing} over this one.",
    ),
}

QUESTIONS_DENIED = (
    "Was the {thing} {word}? No.",
    "Did I find the {thing} {word}? Not at all.",
    "Would I call the {thing} {word}? Never.",
    "Is this {thing} {word}? Not in the least.",
    "You ask me whether the {thing} was {word}? It was not.",
)
QUESTIONS_AFFIRMED = (
    "Was the {thing} {word}? Yes.",
    "Did I find the {thing} {word}? I did.",
    "Would I call the {thing} {word}? Certainly.",
    "Is this {thing} {word}? It is, from start to finish.",
    "You ask me whether the {thing} was {word}? It was.",
)

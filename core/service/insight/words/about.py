"""What the room and the command line say of the maps of words, with the measured reasons.

The figures are of the starter at 256 px and 12 steps; the bench `insight/words.py` takes such again
with other prompts, from drawings whose subjects stand anywhere and whose own masks are known (95 %
of subjects hit, where the middle of the picture hits 48 %; of two subjects 76 %, colours 48 %). In
trials of 60 pictures the subject's word had its largest mass on the subject in 60 with the mean
over all layers of 8 x 8 cells and all steps, in 10 with those of 4 x 4 cells, which is chance. Mass
as a share of that of all words did worse (57), and so did the first steps alone (57).

With two subjects side by side, 80 pictures, half of the prompts naming the right one first, the
subject's word had more mass on its own subject in 77 %, a colour's in 40 %, which is none: single
layers had from 9 % to 61 %, single heads up to 68 %, and what some gain in prompts that name the
left one first they lose in the others, as they follow the order of the words. One layer, the first
on the way up, looks at a colour's word on the other subject in 91 %, in both orders, though the
colours come out right: mass is no sign of what a word does.
"""

from __future__ import annotations

ABOUT_WORDS = (
    "A word was looked at here; that does not say that it made anything. What a word does, only "
    "the picture without it shows.\n\n"
    "Shown is attention mass itself: the mean over all heads and layers of these cells, and over "
    "all steps where none is chosen. The usual cells are the finest with at most 16 along the "
    "shorter side. On the starter these have the word for the subject on the subject in nearly "
    "every picture; its coarser cells have it there no more often than chance.\n\n"
    "A colour's word is often not looked at where its colour is: with two subjects, the starter "
    "looked at it more on its own one in less than half of the cases, though most colours came out "
    "right. "
    "Try the picture without the word instead."
)

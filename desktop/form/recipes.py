"""Recipes come into the form whole: their values and the model they were made with, as one step."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from core.system.errors import KnownError
from core.values.picture import Picture
from core.values.request import Request
from desktop.form.model.choice import ModelChoice
from desktop.form.recipe.sheet import RecipeSheet
from desktop.state.draft import Draft
from desktop.state.library import LibraryState
from desktop.state.tasks import NetworkTasks
from desktop.widgets.i18n import tr
from desktop.widgets.notices import NoticeBar

if TYPE_CHECKING:
    from core.metadata.parsing.parsed_recipe import ParsedRecipe
    from core.models.library.recall import RecalledModel
    from core.service.usable_recipe import UsableRecipe

MOST_NOTES = 6
Then = Callable[[], object]


class Recipes(QObject):
    """`find` opens the search for models with a name, `is_kept` says of an address whether that
    start picture is. Looking for a model may read whole files: beside everything else."""

    def __init__(
        self,
        library: LibraryState,
        draft: Draft,
        models: ModelChoice,
        *,
        notice: NoticeBar,
        sheet: RecipeSheet,
        find: Callable[[str], None],
        is_kept: Callable[[str], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._sheet = sheet
        self._of_sheet = ""  # what is said once that recipe is taken
        sheet.taken.connect(self._take_from_sheet)
        sheet.find_asked.connect(find)
        self._library = library
        self._draft = draft
        self._models = models
        self._notice = notice
        self._find = find
        self._is_kept = is_kept
        self._errands = NetworkTasks(
            lambda error: notice.say(str(error), problem=True, topic="form"), self
        )
        self._turn = 0

    def end(self) -> None:
        """The window closes."""
        self._errands.close()

    def reuse(self, picture: Picture, *names: str) -> None:
        """All of a picture's recipe, its model by its id, its file's hash, its name; or only the
        fields named. With Undo."""
        origin = picture.origin
        if origin is not None:
            names_said = tuple(name for name in names if name in origin.known)
            if not names or not names_said:
                self._reuse_imported(picture)
                return
            names = names_said
        if names:
            self._draft.take_over(picture.request, *names)
            if names == ("seed",):
                words = tr("The seed was taken over.")
            else:
                words = tr("The prompt was taken over.")
            self._notice.say(words, label=tr("Undo"), action=self._draft.undoer(), topic="form")
            return
        self.apply(
            picture.request,
            tr("The recipe was taken over."),
            step=tr("Reuse all"),
            name=picture.model_name,
            file=picture.path,
        )

    def _reuse_imported(self, picture: Picture) -> None:
        """Another program's recipe, from its file or, where that is away, from its row."""
        from core.service.importing.row_recipe import recipe_of_imported

        name = Path(picture.path).name
        self._offer(
            name,
            partial(recipe_of_imported, picture),
            words=tr("The recipe of {name} was taken over.", name=name),
            nothing=tr("{name} carries no recipe.", name=name),
        )

    def apply(
        self,
        request: Request,
        words: str,
        *,
        step: str,
        name: str = "",
        file: str = "",
        then: Then | None = None,
    ) -> None:
        """A recipe of ours, with its model: at once where that is here,
        else when it has been looked for.

        `name` is what the model was called, `file` a picture that may know its
        hash; `then` follows an undo.
        """
        self._turn += 1
        turn = self._turn
        before = self._draft.history.top()
        entry = self._library.entry(request.model)
        values = {
            field.name: getattr(request, field.name)
            for field in fields(request)
            if field.name != "model"
        }
        from core.service.usable_recipe import UsableRecipe

        if entry is not None and entry.ready:
            self._put(UsableRecipe(values, entry), words, step=step, then=then)
            return

        def look() -> RecalledModel:
            from core.models.library.recall import recall_model

            return recall_model(self._library.disk, names, _hash_in(file), ours=True)

        def found(there: RecalledModel) -> None:
            missing = ""
            if not there.entry:
                missing = name or _plain(request.model)
            notes = (there.note,) if there.note else ()
            recipe = UsableRecipe(values, there.entry, missing=missing, notes=notes)
            put = partial(self._put, recipe, words, step=step, then=then)
            if turn == self._turn:  # else another recipe was asked for meanwhile
                self._put_or_offer(put, before)

        names = [candidate for candidate in (request.model, name) if candidate]
        self._errands.submit(look, found)

    def _put_or_offer(self, put: Then, before: object) -> None:
        """Where the form was changed while a model was looked for, a person's words stay until the
        recipe is asked for again."""
        if self._draft.history.top() is before:
            put()
        else:
            self._notice.say(
                tr("The recipe was found; the form was changed meanwhile."),
                label=tr("Take the recipe"),
                action=put,
                topic="form",
            )

    def apply_file(self, path: Path, understood: ParsedRecipe) -> None:
        """What was read in a file of any program: our own with everything at hand at once, any
        other on the sheet; says so where there is nothing."""
        words = tr("The recipe of {name} was taken over.", name=path.name)
        nothing = tr("{name} carries no recipe.", name=path.name)
        if understood.format == "elsewhere":
            by = understood.version or tr("another service")
            nothing = tr("{name} was made elsewhere, by {by}.", name=path.name, by=by)
        self._offer(path.name, lambda: understood, words=words, nothing=nothing)

    def paste(self) -> None:
        """The recipe that a text on the clipboard is."""
        text = QGuiApplication.clipboard().text()

        def read() -> ParsedRecipe:
            from core.metadata.parsing.parsed_recipe import ParsedRecipe
            from core.metadata.recipes import read_texts
            from core.metadata.texts import MAX_TEXT

            return read_texts({"parameters": text[:MAX_TEXT]}) or ParsedRecipe("none")

        words = tr("The recipe of the text was taken over.")
        nothing = tr("The text on the clipboard is no recipe.")
        self._offer(tr("Pasted recipe"), read, words=words, nothing=nothing)

    def _offer(
        self, name: str, read: Callable[[], ParsedRecipe], *, words: str, nothing: str
    ) -> None:
        self._turn += 1
        turn = self._turn

        def look() -> tuple[ParsedRecipe, UsableRecipe]:
            from core.service.usable_recipe import usable_recipe

            understood = read()
            return understood, usable_recipe(understood, self._library.disk, self._is_kept)

        def found(both: tuple[ParsedRecipe, UsableRecipe]) -> None:
            understood, there = both
            if turn != self._turn:
                return
            self._sheet.leave()
            if not (there.values or there.model or there.missing):
                notes = () if understood.format == "elsewhere" else there.notes[:MOST_NOTES]
                self._notice.say(" ".join((nothing, *notes)), topic="form")
            elif understood.recipe is not None and _is_whole(there):
                self._put(there, words, step=tr("Take recipe"))
            else:
                self._of_sheet = words
                self._sheet.show_recipe(name, understood, there)

        self._errands.submit(look, found)

    def _take_from_sheet(self, recipe: UsableRecipe) -> None:
        self._put(recipe, self._of_sheet, step=tr("Take recipe"))

    def _put(
        self, recipe: UsableRecipe, words: str, *, step: str, then: Then | None = None
    ) -> None:
        try:
            request = Request(**recipe.values).check()  # type: ignore[arg-type]
        except KnownError as error:
            self._notice.say(str(error), problem=True, topic="form")
            if then is not None:
                then()
            return
        before = self._draft.history.top()
        with self._draft.one_step(step):
            if recipe.model is not None and recipe.model.ready:
                self._models.take(recipe.model)
            if recipe.values:
                self._draft.take_over(request, *recipe.values)
        changed = self._draft.history.top() is not before
        back = self._draft.undoer(then) if changed else None
        said = [words, *(f"{note.rstrip('.')}." for note in recipe.notes[:MOST_NOTES])]
        if not recipe.missing:
            label = tr("Undo") if back else ""
            self._notice.say(" ".join(said), label=label, action=back, topic="form")
            return
        mine = self._library.entry(self._draft.request.model)
        said.insert(
            1,
            tr(
                'The recipe\'s model "{name}" is not here; the form keeps "{mine}".',
                name=recipe.missing[:100],
                mine=mine.name if mine else self._draft.request.model,
            ),
        )
        self._notice.say(
            " ".join(said),
            label=tr("Find it"),
            action=partial(self._find, recipe.missing),
            other=(tr("Undo"), back) if back else None,
            topic="form",
        )


def _is_whole(recipe: UsableRecipe) -> bool:
    """Whether nothing of it is missing here, and nothing is to be told of it."""
    model = recipe.model
    return model is not None and model.ready and not (recipe.missing or recipe.notes)


def _hash_in(file: str) -> str:
    """The fingerprint of its model in a picture of ours, or ""."""
    from core.metadata.recipes import read_file

    with contextlib.suppress(KnownError):
        if file and (recipe := read_file(Path(file)).recipe) is not None:
            return recipe.model_hash
    return ""


def _plain(model: str) -> str:
    """A model's id for people: the last part of a path."""
    return model.replace("\\", "/").rstrip("/").rpartition("/")[2] or model

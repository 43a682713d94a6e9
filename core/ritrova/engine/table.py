"""Which lane and which function answers which request."""

from collections.abc import Callable
from typing import Literal, NamedTuple

from ritrova.engine import alone
from ritrova.engine import keeping_messages as kept
from ritrova.engine import requests as asked
from ritrova.engine.handlers import curating, folders, keeping, models, photos, preferences, searching
from ritrova.engine.replies import AnyReply
from ritrova.engine.state import Ask, Engine

Handler = Callable[[Engine, Ask], AnyReply | None]
LaneName = Literal["search", "reads", "writes", "photos", "chores", "keeping"]


class Route(NamedTuple):
    """`handler` gives the reply, or None where it has replied by itself."""

    lane: LaneName
    handler: Handler


ROUTES: dict[type, Route] = {
    asked.Search: Route("search", searching.search),
    asked.Unfold: Route("reads", searching.unfold),
    asked.Why: Route("reads", searching.why),
    asked.Details: Route("reads", photos.details),
    asked.Complete: Route("reads", searching.complete),
    asked.Facets: Route("reads", searching.facets),
    asked.ListFolders: Route("reads", folders.list_folders),
    asked.ListFailures: Route("reads", folders.list_failures),
    asked.ListAlbums: Route("reads", curating.list_albums),
    asked.ListModels: Route("reads", models.list_models),
    asked.GetSettings: Route("reads", preferences.get_settings),
    asked.GetStatus: Route("chores", preferences.get_status),  # it walks through the thumbnails
    asked.Remember: Route("writes", searching.remember),
    asked.ForgetSearches: Route("writes", searching.forget_searches),
    asked.AddFolder: Route("writes", folders.add_folder),
    asked.RemoveFolder: Route("writes", folders.remove_folder),
    asked.RelocateFolder: Route("writes", folders.relocate_folder),
    asked.SetPatterns: Route("writes", folders.set_patterns),
    asked.Index: Route("writes", folders.index),
    asked.Pause: Route("writes", folders.pause),
    asked.Resume: Route("writes", folders.resume),
    asked.RetryFailures: Route("writes", folders.retry_failures),
    asked.Apply: Route("writes", curating.change),
    **{kind: Route("writes", curating.change) for kind in curating.STEPS},
    asked.ChangeSettings: Route("writes", preferences.change_settings),
    asked.Preview: Route("photos", photos.preview),
    asked.PictureOf: Route("photos", photos.picture_of),
    asked.Thumbnail: Route("photos", photos.thumbnail),
    asked.Trash: Route("chores", photos.trash),
    asked.ExportCopies: Route("chores", photos.export_copies),
    asked.UseModel: Route("chores", models.use_model),
    asked.IndexModel: Route("writes", models.index_model),
    asked.ImportModel: Route("chores", models.import_model),
    asked.RemoveModel: Route("chores", models.remove_model),
    asked.Doctor: Route("chores", preferences.doctor),
    kept.ShowKeeping: Route("keeping", keeping.show_keeping),
    kept.SaveCopy: Route("keeping", keeping.save_copy),
    kept.LookAtCopy: Route("keeping", keeping.look_at_copy),
    kept.Check: Route("keeping", keeping.check),
    kept.StopKeeping: Route("reads", keeping.stop),
    kept.ForgetMissing: Route("keeping", keeping.forget_missing),
    **{kind: Route("keeping", alone.refuse) for kind in kept.ALONE},
    asked.Shutdown: Route("writes", preferences.shutdown),
}

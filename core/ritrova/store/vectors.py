"""The embeddings of one model, as the indexes read them (`ritrova.vectors.VectorSource`)."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from ritrova.store.store import Store
from ritrova.store.tables import Batch, Content, Embedding
from ritrova.vectors import Stamp


class StoredVectors:
    """A `VectorSource` over the store. `model_id` None: it is looked up once the model has made embeddings."""

    def __init__(self, store: Store, model_id: int | None, fingerprint: str, dimension: int) -> None:
        self._store = store
        self._model_id = model_id
        self.model = fingerprint
        self.dimension = dimension

    @property
    def model_id(self) -> int | None:
        """None for a model that has made no embeddings yet."""
        if self._model_id is None:
            self._model_id = self._store.model(self.model)
        return self._model_id

    def stamp(self) -> Stamp:
        query = (
            select(Batch.token, Batch.last_id).where(Batch.model_id == self.model_id).order_by(Batch.id.desc()).limit(1)
        )
        with self._store.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return Stamp(self.model, 0, 0, 0)
        return Stamp(self.model, row.token, row.last_id, self.count(row.last_id))

    def last_id_of(self, token: int) -> int | None:
        if token == 0:
            return 0
        query = select(Batch.last_id).where(Batch.token == token, Batch.model_id == self.model_id)
        with self._store.reading() as connection:
            return connection.scalar(query)

    def count(self, up_to: int) -> int:
        query = select(func.count()).where(Embedding.model_id == self.model_id, Embedding.id <= up_to)
        with self._store.reading() as connection:
            return connection.scalar(query) or 0

    def ids(self, up_to: int) -> NDArray[np.int64]:
        with self._store.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT id FROM embedding WHERE model_id = ? AND id <= ? ORDER BY id", (self.model_id, up_to)
            ).fetchall()
        return np.fromiter((row[0] for row in rows), np.int64, len(rows))

    def vectors(self, after: int, limit: int) -> tuple[NDArray[np.int64], NDArray[np.float16]]:
        with self._store.reading() as connection:
            rows = connection.exec_driver_sql(
                "SELECT id, vector FROM embedding WHERE model_id = ? AND id > ? ORDER BY id LIMIT ?",
                (self.model_id, after, limit),
            ).fetchall()
        ids = np.array([row[0] for row in rows], np.int64)
        joined = b"".join(row[1] for row in rows)
        return ids, np.frombuffer(joined, "<f2").astype(np.float16, copy=False).reshape(len(rows), self.dimension)

    def of_content(self, hash_: bytes) -> NDArray[np.float32] | None:
        """The embedding `[d]` of the content with this hash."""
        query = select(Embedding.vector).join(Content).where(Embedding.model_id == self.model_id, Content.hash == hash_)
        with self._store.reading() as connection:
            vector = connection.scalar(query)
        return None if vector is None else np.frombuffer(vector, "<f2").astype(np.float32)

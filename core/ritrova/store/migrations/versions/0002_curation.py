"""What a person says of photos: ratings, favourites, keywords, albums, searches; patterns of a watched folder."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("folder", sa.Column("include", sa.JSON(), nullable=True))
    op.add_column("folder", sa.Column("exclude", sa.JSON(), nullable=True))
    op.create_table(
        "mark",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("favourite", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_mark")),
    )
    op.create_index(op.f("ix_mark_favourite"), "mark", ["favourite"], unique=False)
    op.create_table(
        "keyword",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("added", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("hash", "word", name=op.f("pk_keyword")),
    )
    op.create_index(op.f("ix_keyword_word"), "keyword", ["word"], unique=False)
    op.create_table(
        "album",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=True),
        sa.Column("made_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_album")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "album_photo",
        sa.Column("album_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["album_id"], ["album.id"], name=op.f("fk_album_photo_album_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("album_id", "hash", name=op.f("pk_album_photo")),
    )
    op.create_index(op.f("ix_album_photo_hash"), "album_photo", ["hash"], unique=False)
    op.create_table(
        "sought",
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("text", name=op.f("pk_sought")),
    )
    op.create_index(op.f("ix_sought_last_at"), "sought", ["last_at"], unique=False)

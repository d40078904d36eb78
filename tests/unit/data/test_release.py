"""Releases: what a licensee downloads is what the manifest committed to, and other people's tools read it."""

import hashlib
import io
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from hakari.core import canonical, merkle
from hakari.data import croissant, release

SCHEMA = [("text", "string"), ("votes", "int64"), ("sure", "bool")]
ROWS = [{"text": f"row {n} ー 秤", "votes": n, "sure": n % 2 == 0} for n in range(5)]
SALTS = [f"salt-number-{n:012d}" for n in range(5)]


def test_the_manifest_commits_to_every_salted_row_in_ascending_order() -> None:
    built = release.build(ROWS, schema=SCHEMA, salts=SALTS)
    digests = [str(line["row"]) for line in canonical.read_lines(built.manifest)]
    assert digests == sorted(digests) == release.row_digests(built.parquet)
    expected = hashlib.sha256(
        b"hakari.row.v1\n" + canonical.encode({**ROWS[0], "salt": SALTS[0]}),
    ).hexdigest()
    assert expected in digests
    assert built.root == merkle.root(merkle.leaf_hashes(bytes.fromhex(each) for each in digests)).hex()
    assert built.rows == 5


def test_a_changed_cell_changes_the_digests_and_the_same_rows_give_the_same_release() -> None:
    built = release.build(ROWS, schema=SCHEMA, salts=SALTS)
    other = release.build([{**ROWS[0], "votes": 9}, *ROWS[1:]], schema=SCHEMA, salts=SALTS)
    assert other.root != built.root
    assert release.build(ROWS, schema=SCHEMA, salts=SALTS) == built


def test_the_parquet_file_has_the_columns_of_the_schema_and_the_salt_last() -> None:
    built = release.build(ROWS, schema=SCHEMA, salts=SALTS)
    table = pq.read_table(io.BytesIO(built.parquet))
    assert table.column_names == ["text", "votes", "sure", "salt"]
    assert table.to_pylist()[3] == {**ROWS[3], "salt": SALTS[3]}


def test_rows_and_salts_must_be_as_many() -> None:
    with pytest.raises(ValueError, match="shorter"):
        release.build(ROWS, schema=SCHEMA, salts=SALTS[:4])


@pytest.mark.filterwarnings("ignore")  # of mlcroissant's own dependencies
def test_mlcroissant_reads_the_description_and_the_rows_behind_it(tmp_path: Path) -> None:
    import mlcroissant

    built = release.build(ROWS, schema=SCHEMA, salts=SALTS)
    (tmp_path / release.DATA_FILE).write_bytes(built.parquet)
    card = croissant.describe(
        name="five-rows",
        description="Five rows.",
        licence="https://creativecommons.org/licenses/by/4.0/",
        publisher="a test",
        published="2026-11-24",
        version=1,
        file=release.DATA_FILE,
        file_sha256=release.sha256(built.parquet),
        file_bytes=len(built.parquet),
        schema=[*SCHEMA, ("salt", "string")],
    )
    (tmp_path / "croissant.json").write_bytes(card)
    dataset = mlcroissant.Dataset(str(tmp_path / "croissant.json"))
    assert not dataset.metadata.issues.errors
    rows = [json.loads(json.dumps(row, default=bytes.decode)) for row in dataset.records("rows")]
    assert sorted(row["rows/votes"] for row in rows) == [0, 1, 2, 3, 4]


@pytest.mark.filterwarnings("ignore")  # of datasets' own dependencies
def test_hugging_face_datasets_loads_the_file(tmp_path: Path) -> None:
    import datasets

    place = tmp_path / release.DATA_FILE
    place.write_bytes(release.build(ROWS, schema=SCHEMA, salts=SALTS).parquet)
    loaded = datasets.load_dataset("parquet", data_files=str(place), split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded[2]["text"] == ROWS[2]["text"]

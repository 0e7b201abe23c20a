"""Exported Parquet files, read by the reference implementation in C++."""

import subprocess
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

PROJECT = Path(__file__).parents[2]
ROWS = 100_000


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> parquet.ParquetFile:
    path = tmp_path_factory.mktemp("parquet") / "people.parquet"
    example = ["cargo", "run", "--quiet", "--package", "parquet_file", "--example", "table", "--", str(path), str(ROWS)]
    subprocess.run(example, cwd=PROJECT, check=True)
    return parquet.ParquetFile(path)


def test_columns_are_text_with_their_titles(file):
    assert file.schema_arrow.names == ["personal_number", "full_name", "birth_date"]
    assert set(file.schema_arrow.types) == {pyarrow.string()}
    assert file.metadata.created_by == "dancu"
    assert file.metadata.metadata[b"title:full_name"].decode() == "Họ, chữ đệm và tên"


def test_cells_are_as_they_were_written(file):
    table = file.read()
    assert table.num_rows == ROWS
    assert table["personal_number"].to_pylist() == [f"056080{n:06}" for n in range(ROWS)]
    assert table["full_name"].unique().to_pylist() == ["Nguyễn Thị Hòa"]
    assert table["birth_date"].slice(0, 4).to_pylist() == ["1980-05-02", "1980", None, "1980-05-02"]
    assert table["birth_date"].null_count == ROWS // 3


def test_rows_stand_in_compressed_groups(file):
    assert file.num_row_groups == 2
    assert file.metadata.row_group(0).num_rows == 64 << 10
    assert {file.metadata.row_group(1).column(at).compression for at in range(3)} == {"SNAPPY"}

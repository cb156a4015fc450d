from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shared.errors import DataError
from shared.loading.files import delimited
from shared.loading.files.tables import read_table
from tests.shared.loading.files.written_files import written


def _why(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_table(path)
    return str(caught.value).removeprefix(str(path))


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_another_separator_is_seen_in_the_header(tmp_path: Path, separator: str) -> None:
    table = read_table(
        written(tmp_path, "a.csv", f"\ntext{separator}label\ngood, very good{separator}1\n")
    )
    assert table.astype(str).to_dict("list") == {"text": ["good, very good"], "label": ["1"]}


def test_without_a_header_the_separator_must_give_the_number_of_columns(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "good; very; good|1\n")
    assert read_table(path, columns=("text", "label")).iloc[0].to_list() == [
        "good; very; good",
        "1",
    ]


@pytest.mark.parametrize("header", ["text", "my text", "text; or what they call so | here"])
def test_a_header_that_plainly_uses_no_separator_is_one_column(tmp_path: Path, header: str) -> None:
    assert list(read_table(written(tmp_path, "a.csv", f"{header}\ngood\n")).columns) == [header]


def test_a_given_separator_wins(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "a.csv", "a,b;c\n1,2;3\n"), separator=";")
    assert table.to_dict("list") == {"a,b": ["1,2"], "c": ["3"]}


def test_the_line_on_which_an_open_quotation_begins_is_named(tmp_path: Path) -> None:
    path = written(
        tmp_path, "a.csv", 'text,label\n"two\nlines",1\n"never closed,1\n' + "bad,0\n" * 50
    )
    assert _why(path).startswith(
        ", line 4: unexpected end of data. A quotation mark that opens there is never closed"
    )


def test_text_after_a_closing_quotation_mark_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", 'text,label\n"a "good" film",1\n')
    assert _why(path).endswith("Inside quotes, a quotation mark must be written twice.")


def test_a_repeated_header_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "text,label\ngood,1\ntext,label\nbad,0\n")
    assert _why(path).startswith(", line 3: the header is repeated.")


def test_a_nul_character_is_named_with_its_line(tmp_path: Path) -> None:
    assert _why(written(tmp_path, "a.csv", "text,label\ngo\0od,1\n")).startswith(
        ", line 2: a NUL character, which no text holds."
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding(tmp_path: Path, encoding: str) -> None:
    table = read_table(written(tmp_path, "a.csv", "text,label\ncafé,1\n".encode(encoding)))
    assert table["text"].tolist() == ["café"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16-le", "shift_jis"])
def test_an_encoding_can_be_named(tmp_path: Path, encoding: str) -> None:
    text = "映画" if encoding == "shift_jis" else "café"
    path = written(tmp_path, "a.csv", f"text,label\n{text},1\n".encode(encoding))
    assert read_table(path, encoding=encoding)["text"].tolist() == [text]


@pytest.mark.parametrize("num_rows", [1, 40_000])
def test_line_and_byte_of_what_is_not_utf8_are_named_wherever_it_stands(
    tmp_path: Path, num_rows: int
) -> None:
    before = b"text,label\n" + b"good,1\n" * num_rows
    path = written(tmp_path, "a.csv.gz", gzip.compress(before + b"caf\xe9,1\n"))
    assert (
        _why(path)
        == f", line {num_rows + 2}, byte {len(before) + 4} (0xe9): not UTF-8. It looks like cp1252:"
        " --set data.encoding=cp1252 or convert it with iconv -t UTF-8."
    )


def test_a_character_cut_off_by_the_end_of_the_file_is_named(tmp_path: Path) -> None:
    assert ", line 2, byte 15, the end of the file: not UTF-8." in _why(
        written(tmp_path, "a.csv", b"text,label\ncaf\xc3")
    )


def test_a_compressed_bomb_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = written(
        tmp_path, "a.csv.gz", gzip.compress(b"text,label\n" + (b"x" * 2**20 + b",1\n") * 70)
    )
    assert _why(path).startswith(": unpacks to more than 200 times its size, which no table does.")


def test_a_line_without_end_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", b"text,label\n" + b"x" * (2**24 + 1))
    assert _why(path).startswith(", line 2: more than 16,777,216 characters without a line break.")


def test_a_folder_a_pipe_and_a_loop_are_no_tables(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to("loop.csv")
    assert _why(tmp_path / "folder.csv") == ": it is a folder, not a file."
    assert _why(tmp_path / "pipe.csv") == ": it is not a regular file."
    assert "Too many levels of symbolic links" in _why(tmp_path / "loop.csv")


def test_a_tsv_of_a_program_that_quotes_is_refused_not_read_with_its_marks(tmp_path: Path) -> None:
    path = written(tmp_path, "a.tsv", 'text\tlabel\n"a ""good"" film"\t1\n')
    assert _why(path).startswith(
        ", line 2: a field is quoted as in a CSV file, but in .tsv files a quotation mark is text."
    )
    assert read_table(path.rename(tmp_path / "a.csv"))["text"].tolist() == ['a "good" film']


@pytest.mark.parametrize("text", ['"good" and "bad"', '""', '"""', '""good""', '"so-called"'])
def test_quotation_marks_of_a_text_stay(tmp_path: Path, text: str) -> None:
    assert read_table(written(tmp_path, "a.tsv", f"text\tlabel\n{text}\t1\n"))["text"].tolist() == [
        text
    ]


@pytest.mark.parametrize("declaration", ["sep=;", '"sep=;"', "SEP=;", "sep=;\r"])
def test_a_line_that_declares_the_separator_is_no_row(tmp_path: Path, declaration: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{declaration}\ntext;label\na,b;1\n", encoding="utf-8", newline="")
    assert read_table(path).to_dict("list") == {"text": ["a,b"], "label": ["1"]}


def test_lines_are_counted_from_the_declaration(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\na;b\n1;2\n3\n")
    with pytest.raises(DataError, match="line 4: expected 2 fields"):
        read_table(path)


@pytest.mark.parametrize("field", [r'"He said \"good\", twice"', r'"a \"b\" c"', r'"\"a\", b"'])
def test_quotation_marks_behind_backslashes_are_named_as_the_cause(
    tmp_path: Path, field: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"text,label\nfine,1\n{field},0\n")
    with pytest.raises(DataError, match=r"line 3.*by a backslash"):
        read_table(path)


def test_rows_are_the_same_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {"text": ["a", "", 'ä\n"b"', "NA"], "label": ["1", "0", "1.0", " "]}
    path = tmp_path / "a.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    monkeypatch.setattr(delimited, "_PIECE_ROWS", 3)
    assert read_table(path).to_dict("list") == rows
    assert read_table(path, keep_types=True).to_dict("list") == rows


def test_arrow_strings_take_little_more_than_their_characters(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    pd.DataFrame({"load": np.arange(1e5, 1.2e5)}).to_csv(path, index=False)
    packed, plain = (read_table(path, keep_types=keeps) for keeps in (True, False))
    sizes = [table.memory_usage(deep=True, index=False).sum() for table in (packed, plain)]
    assert sizes[0] <= 2.2 * path.stat().st_size  # 8 bytes of characters, 8 of their place
    assert sizes[0] <= sizes[1] / 3


def test_half_of_a_character_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", b"text\n+2AA-\n")
    with pytest.raises(DataError, match=r"a\.csv: half of a character \('\\ud800'\)"):
        read_table(path, encoding="utf-7")

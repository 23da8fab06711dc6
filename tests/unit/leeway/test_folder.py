from pathlib import Path

import pytest

from leeway.exit import CommandFailed, ExitCode
from leeway.stack.folder import open_folder


def test_a_folder_is_made_where_it_is_missing(tmp_path: Path) -> None:
    with open_folder(tmp_path / "a" / "b") as folder:
        assert folder.path.is_dir()
        assert folder.database_url == f"sqlite+aiosqlite:///{folder.path}/leeway.sqlite3"


def test_a_folder_is_held_by_one_and_free_again_afterwards(tmp_path: Path) -> None:
    with open_folder(tmp_path):
        with pytest.raises(CommandFailed, match="in use by another `leeway up`") as refused:
            open_folder(tmp_path).__enter__()
        assert refused.value.code == ExitCode.NO
    with open_folder(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandFailed, match="cannot use the data folder") as refused:
        open_folder(tmp_path / "file" / "folder").__enter__()
    assert refused.value.code == ExitCode.USAGE

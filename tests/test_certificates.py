"""The certificates of a cluster are made once, and by the command line."""

from __future__ import annotations

import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from cluster import ROOT

from autoencoder.errors import EngineError, StorageError
from autoencoder.process.certificates import CERTIFICATE, KEY, make_certificates


def test_key_and_certificate_match_and_only_their_owner_reads_the_key(tmp_path: Path) -> None:
    assert make_certificates(tmp_path / "new" / "folder")
    made = tmp_path / "new" / "folder"
    assert {path.name for path in made.iterdir()} == {CERTIFICATE, KEY}
    assert (made / KEY).stat().st_mode & 0o777 == 0o600
    ssl.create_default_context(cafile=made / CERTIFICATE).load_cert_chain(made / CERTIFICATE, made / KEY)


def test_certificates_that_exist_are_kept(tmp_path: Path) -> None:
    make_certificates(tmp_path)
    before = [(tmp_path / name).read_bytes() for name in (CERTIFICATE, KEY)]
    assert not make_certificates(tmp_path)
    assert [(tmp_path / name).read_bytes() for name in (CERTIFICATE, KEY)] == before


def test_both_files_are_made_anew_where_one_is_missing(tmp_path: Path) -> None:
    make_certificates(tmp_path)
    (tmp_path / CERTIFICATE).unlink()
    assert make_certificates(tmp_path)
    ssl.create_default_context(cafile=tmp_path / CERTIFICATE).load_cert_chain(tmp_path / CERTIFICATE, tmp_path / KEY)


def test_without_openssl_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match="openssl"):
        make_certificates(tmp_path / "certificates")


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="Could not write"):
        make_certificates(tmp_path / "file" / "certificates")


def test_the_command_makes_certificates_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "autoencoder", "certificates", str(tmp_path)]
    for word in ("made", "already"):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (0, "")
        assert word in done.stderr

#!/usr/bin/env python3
"""Writes the seeds of the fuzz target in this folder: python3 make_corpus.py"""
import pathlib

HERE = pathlib.Path(__file__).parent / "corpus"


def write(target, name, data):
    folder = HERE / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


write("config_fuzz", "reference", (HERE.parents[3] / "docs" / "penstock.toml").read_bytes())
write("config_fuzz", "port", b'[port]\ndriver="pci:0000:01:00.0"\nipv4="192.0.2.1/24"\nmac="02:00:00:00:00:01"\n')
write("config_fuzz", "rooms", b'[[rooms]]\nroom=1\nvideocodec=["av1"]\n[[rooms]]\nroom=2\npin="x"\n')
write("config_fuzz", "unknown", b"[signalling]\nhttp_prot=1\n")

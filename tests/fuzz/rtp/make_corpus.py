#!/usr/bin/env python3
"""Writes the seeds of the RTP fuzz targets to corpus/<target>/. Run it in this folder."""

import pathlib

REPORT_BLOCK = "bc5e9a40 80fffffb 000046e1 00000111 09f36432 00024a79"
SR = "81c8000c 11223344 da8bd1fc dddda05a aaf4edd5 00000001 00000002" + REPORT_BLOCK
EMPTY_RR = "80c90001 00000001"
VP9_KEY = "ae80010002 38 014000b4 02800168 01 0482"

# What Chromium says when numbers jump: 20,003 statuses in 36 bytes.
JUMP = "afcd0008 00000001 00000002 00004e23 00000100 1fff1fff0e222003 010203 0000000005"

SEEDS = {
    "active_targets_fuzz": ["0b00 ca123481411eac5141010c cb1235", "0f01 ca123481411eac5141010c09fc059c cb123540c0"],
    "bandwidth_estimator_fuzz": [
        "3205 afcd0005 fa17fa17 43032fa0 00000005 3de80217 20050101010100",
        "3e14" + JUMP,
        "0540 8fcd0009 00000001 00000002 000000f2 00000107 00dd9f38 c9500101 01010101 01010100 01010100",
    ],
    "demux_fuzz": ["00010000", "16fefd0000", "80e0" + "00" * 10, "80c90001 00000001", ""],
    "dependency_descriptor_fuzz": ["c51234", "80000180", "8000", "ca123481411eac5141010c09fc059c"],
    "header_fuzz": [
        "80e0123489abcdefcafebabe 55",
        "92e0123489abcdefcafebabe 01010101 02020202 bede0003 1061 4023 510102 f0 03020100",
        "90e0123489abcdefcafebabe 10000003 0101 61 0401 05 0702 0001 0902 0000 55",
        "b0e0123489abcdefcafebabe bede0001 10610000 000004",
    ],
    "header_extension_writer_fuzz": ["0100 010141 05020001", "0100 010141 0c14" + "cc" * 20, "0008 010141 020141"],
    "payload_av1_fuzz": ["28 03 080000 3010", "10 34 48 10", "a0 01 08 30 10", "00 03 080000 02 3010"],
    "payload_h264_fuzz": ["6742c0", "6588", "78 0003 6742c0 0002 68ce 0002 6588", "7c85 88", "7c45 88", "419a"],
    "payload_red_fuzz": ["ef0f0003 6f 010203 0708", "6f 0708", "ef1e0002 ef0f0001 6f 010203 09", "ef0f03ff 6f 01", "ef0f0000 6f 07"],
    "payload_vp8_fuzz": ["1050", "90f0 9234 56 a9 01", "b0 80 7f 01", "90e0 8001 02 20 00"],
    "payload_vp9_fuzz": [VP9_KEY, "a8 8102 53 07 55", "f8 05 00 03 04 55", "02 f8" + "00" * 32 + "01 04 01 55"],
    "reception_stats_fuzz": ["".join(f"{i & 0xFFFF:04x}{i * 1800 & 0xFFFFFFFF:08x}0014" for i in range(65500, 65600))],
    "rtcp_bye_fuzz": ["82cb0004 00000001 00000002 03666f6f 00000000", EMPTY_RR + "80cb0000"],
    "rtcp_extended_report_fuzz": [
        "80cf0004 00000001 04000002 0102030405060708",
        "80cf0008 00000009 05000006 000000010000000200000003 000000040000000500000006",
    ],
    "rtcp_fir_fuzz": ["84ce0006 00000001 00000000 00000022 fa000000 00000033 01000000"],
    "rtcp_nack_fuzz": ["81cd0004 00000001 00000002 fffe8005 00640000", EMPTY_RR + "81cd0003 00000001 00000002 0001ffff"],
    "rtcp_pli_fuzz": ["81ce0002 00000011 00000022", EMPTY_RR + "81ce0002 00000011 00000022"],
    "rtcp_receiver_report_fuzz": [EMPTY_RR, "81c90007 00000001" + REPORT_BLOCK],
    "rtcp_remb_fuzz": ["8fce0006 00000001 00000000 52454d42 020fffff 00000005 00000006"],
    "rtcp_sdes_fuzz": ["82ca0006 00000001 02026d65 01036162 63000000 00000002 00000000"],
    "rtcp_sender_report_fuzz": [SR, SR + "81ca0003 11223344 01026162 00000000"],
    "rtcp_transport_feedback_fuzz": [
        "afcd0005 fa17fa17 43032fa0 00990001 3de80217 20019401",
        "afcd0006 fa17fa17 193dd8bb 01740002 45b15a40 d800f0ff d0000003",
        "8fcd0009 00000001 00000002 ffff00f2 00000107 00dd9f38 c9500101 01010101 01010100 01010100",
        JUMP,
    ],
    "video_layers_allocation_fuzz": [
        "00",
        "a100 9601f403c413",
        "2010 10 00 9601c413 013f00b31e 04ff02cf1e",
        "0754 0a141e28323c",
    ],
    "transport_cc_recorder_fuzz": [
        "00010001" * 40 + "ffff04b0" + "00020005" * 20 + "ffff0028",
        "fff00001" + "00010001" * 20 + "fffd0001" + "ffff04b0" + "00052710" + "00010001",
        "00010001 0bb80001 00010001 80000001 00010001",
    ],
}

for target, seeds in SEEDS.items():
    folder = pathlib.Path(__file__).parent / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / f"seed_{number}").write_bytes(bytes.fromhex(seed))

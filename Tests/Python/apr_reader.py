"""Reads APR v2 files. Written from the description of the layout alone, for the tests to judge the Swift by.

    header    64 bytes: magic "APR\\0", version u8 u8, flags u16, tensor count u32, metadata offset u64 and size u32,
              index offset u64, data offset u64, CRC u32, 20 zero bytes
    metadata  JSON, zero-padded to 64
    index     entries sorted by name, the whole zero-padded to 64: name length u16, name, dtype u8, ndim u8, dims u64
              each, offset u64 (from the data offset), size u64
    data      each payload zero-padded to 64
    footer    CRC-32 u32 of all that precedes
"""
import json
import struct
import zlib

import numpy

ROW_MAJOR = 1 << 10
COLUMN_MAJOR = 1 << 11


def _require(condition, message):
    if not condition:
        raise ValueError(message)


def _pad(length):
    return -length % 64


class AprFile:
    """The metadata and tensors of a file; every rule that a file can break is checked."""

    def __init__(self, path):
        with open(path, "rb") as file:
            image = file.read()
        _require(len(image) >= 68, "too short")
        (magic, major, minor, self.flags, count, metadata_offset, metadata_size, index_offset, data_offset,
         header_crc, reserved) = struct.unpack_from("<4sBBHIQIQQI20s", image, 0)
        _require(magic == b"APR\0", "magic")
        _require((major, minor) == (2, 0), "version")
        _require(not self.flags & COLUMN_MAJOR, "column-major")
        _require(header_crc == zlib.crc32(image[44:64], zlib.crc32(image[:40])), "header CRC")
        _require(reserved == bytes(20), "reserved bytes")
        _require(struct.unpack_from("<I", image, len(image) - 4)[0] == zlib.crc32(image[:-4]), "footer CRC")
        _require(metadata_offset == 64, "metadata offset")
        _require(index_offset == 64 + metadata_size + _pad(metadata_size), "index offset")
        text = image[64:64 + metadata_size]
        _require(not any(image[64 + metadata_size:index_offset]), "metadata padding")

        def unique(pairs):
            names = [name for name, _ in pairs]
            _require(len(names) == len(set(names)), "duplicate metadata key")
            return dict(pairs)

        self.metadata_text = text.decode("utf-8")
        self.metadata = json.loads(self.metadata_text, object_pairs_hook=unique)
        self.names = []
        self.tensors = {}
        cursor = index_offset
        end_of_data = data_offset
        for _ in range(count):
            (length,) = struct.unpack_from("<H", image, cursor)
            name = image[cursor + 2:cursor + 2 + length]
            cursor += 2 + length
            dtype, rank = struct.unpack_from("<BB", image, cursor)
            shape = struct.unpack_from(f"<{rank}Q", image, cursor + 2)
            offset, size = struct.unpack_from("<QQ", image, cursor + 2 + 8 * rank)
            cursor += 2 + 8 * rank + 16
            _require(1 <= length <= 256 and 1 <= rank <= 8, "entry")
            _require(not self.names or self.names[-1].encode() < name, "order of names")
            _require(dtype == 0, "dtype")
            elements = 1
            for dimension in shape:
                elements *= dimension
            _require(size == 4 * elements, "size")
            start = data_offset + offset
            _require(start == end_of_data, "payload offset")
            end_of_data = start + size + _pad(size)
            _require(end_of_data <= len(image) - 4, "payload bounds")
            _require(not any(image[start + size:end_of_data]), "payload padding")
            self.names.append(name.decode("utf-8"))
            self.tensors[self.names[-1]] = numpy.frombuffer(image, "<f4", elements, start).reshape(shape)
        _require(not any(image[cursor:data_offset]), "index padding")
        _require(data_offset == cursor + _pad(cursor), "data offset")
        _require(end_of_data == len(image) - 4, "file length")


def write(path, tensors, metadata_text="{}"):
    """Writes a file, for the Swift reader to read; `tensors` maps names to (dtype code, shape, bytes)."""
    metadata = metadata_text.encode("utf-8")
    index, data = b"", b""
    for name in sorted(tensors, key=lambda name: name.encode()):
        code, shape, payload = tensors[name]
        raw = name.encode()
        index += struct.pack("<H", len(raw)) + raw + struct.pack("<BB", code, len(shape))
        index += struct.pack(f"<{len(shape)}QQQ", *shape, len(data), len(payload))
        data += payload + bytes(_pad(len(payload)))
    index_offset = 64 + len(metadata) + _pad(len(metadata))
    data_offset = index_offset + len(index) + _pad(len(index))
    front = struct.pack("<4sBBHIQIQQ", b"APR\0", 2, 0, ROW_MAJOR, len(tensors), 64, len(metadata), index_offset,
                        data_offset)
    image = front + struct.pack("<I", zlib.crc32(bytes(20), zlib.crc32(front))) + bytes(20)
    image += metadata + bytes(_pad(len(metadata))) + index + bytes(_pad(len(index))) + data
    with open(path, "wb") as file:
        file.write(image + struct.pack("<I", zlib.crc32(image)))

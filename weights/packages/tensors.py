"""Reading ONNX files and writing safetensors and GGUF files, with Python's own library alone; for the `take.py` of packages."""
import array, json, struct


def safetensors(path, tensors):
    """Writes tensors: (name, shape, "F16" or "F32", bytes). The longer elements first, so that all lie at multiples of their size."""
    tensors = sorted(tensors, key=lambda tensor: (tensor[2] != "F32", tensor[0]))
    header, place = {}, 0
    for name, shape, kind, data in tensors:
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [place, place + len(data)]}
        place += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for *_, data in tensors:
            file.write(data)


GGUF_TYPES = {"F32": 0, "F16": 1, "Q8_0": 8}


def gguf(path, tensors):
    """The same with rows of blocks ("Q8_0": 32 integers of 8 bits with a scale each)."""
    tensors = sorted(tensors)
    header, place = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), 0), 0
    for name, shape, kind, data in tensors:
        header += struct.pack("<Q", len(name)) + name.encode() + struct.pack("<I", len(shape))
        header += b"".join(struct.pack("<Q", extent) for extent in reversed(shape))
        header += struct.pack("<IQ", GGUF_TYPES[kind], place)
        place += (len(data) + 31) // 32 * 32
    header += bytes(-len(header) % 32)
    with open(path, "wb") as file:
        file.write(header)
        for *_, data in tensors:
            file.write(data + bytes(-len(data) % 32))


def half(values):
    return struct.pack(f"<{len(values)}e", *values)


def floats(values):
    return struct.pack(f"<{len(values)}f", *values)


def integer(data, place):
    value = shift = 0
    while True:
        byte = data[place]
        place += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, place


def fields(data):
    """The fields of a protobuf message: number and value."""
    place = 0
    while place < len(data):
        key, place = integer(data, place)
        if key & 7 == 0:
            value, place = integer(data, place)
        else:
            if key & 7 == 2:
                length, place = integer(data, place)
            else:
                length = {1: 8, 5: 4}[key & 7]
            value = data[place : place + length]
            place += length
        yield key >> 3, value


def text(data):
    return bytes(data).decode()


ELEMENTS = {1: "f", 3: "b", 6: "i", 7: "q"}  # onnx.TensorProto.DataType


class Onnx:
    """A graph: its nodes in order as (kind, inputs, outputs), and what it holds: name to (shape, values)."""

    def __init__(self, data):
        self.nodes, self.held = [], {}
        graph = next(value for number, value in fields(memoryview(data)) if number == 7)
        for number, value in fields(graph):
            if number == 1:
                members = list(fields(value))
                self.nodes.append(
                    (
                        next(text(v) for n, v in members if n == 4),
                        [text(v) for n, v in members if n == 1],
                        [text(v) for n, v in members if n == 2],
                    )
                )
            elif number == 5:
                members = list(fields(value))
                shape = []
                for n, v in members:
                    if n == 1:
                        shape += [v] if isinstance(v, int) else packed(v)
                kind = next(v for n, v in members if n == 2)
                raw = next((bytes(v) for n, v in members if n == 9), b"")
                name = next(text(v) for n, v in members if n == 8)
                self.held[name] = (shape, array.array(ELEMENTS[kind], raw))

    def dequantised(self, name):
        """A tensor behind `DequantizeLinear` along its first axis: shape, integers, a scale for each of the first axis."""
        _, (integers, scales, zeros), _ = next(
            node for node in self.nodes if node[0] == "DequantizeLinear" and node[2] == [name]
        )
        shape, values = self.held[integers]
        scales = self.held[scales][1]
        assert not any(self.held[zeros][1]), name
        return shape, values, list(scales) * (shape[0] if len(scales) == 1 and shape else 1)


def packed(data):
    values, place = [], 0
    while place < len(data):
        value, place = integer(data, place)
        values.append(value)
    return values

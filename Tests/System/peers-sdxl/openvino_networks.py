"""Networks of openvino_export.py, compiled for fixed shapes and float32."""
import openvino


def compiled(folder, part, threads, *shapes):
    core = openvino.Core()
    model = core.read_model(f"{folder}/{part}.xml")
    if shapes:
        model.reshape({model.input(index): shape for index, shape in enumerate(shapes)})
    return core.compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32",
        "EXECUTION_MODE_HINT": "ACCURACY"})

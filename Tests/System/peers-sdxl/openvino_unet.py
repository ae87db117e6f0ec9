"""Times one evaluation of SDXL's UNet by OpenVINO in float32: openvino_unet.py CHECKPOINT --exported FOLDER [--size 1024]"""
import common

options = common.arguments(__doc__, "unet")
from openvino_networks import compiled  # noqa: E402

inputs = common.unet_inputs(common.configuration(options.checkpoint, "unet"), options.size)
unet = compiled(options.exported, "unet", options.threads, *[list(array.shape) for array in inputs]).create_infer_request()
common.report("openvino", "unet", options.size, common.timed(lambda: unet.infer(inputs), options.rounds))

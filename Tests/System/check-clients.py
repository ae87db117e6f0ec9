#!/usr/bin/env python3
"""Real clients against `limn serve`: check-clients.py LIMN

Needs: pip install openai llm llm-openai-images langchain-community webuiapi sd-backend-client huggingface_hub mcp pillow
(tried with openai 3.57.0, llm 0.36, llm-openai-images 0.3.1, langchain-community 0.4.2, webuiapi 0.9.17,
sd-backend-client 0.5.0, huggingface_hub 2.4.0, mcp 2.3.0)
"""

import asyncio
import base64
import io
import os
import subprocess
import sys
import tempfile
import traceback

from PIL import Image

LIMN = os.path.abspath(sys.argv[1])
FOLDER = tempfile.mkdtemp()
ENVIRONMENT = dict(
    os.environ,
    XDG_STATE_HOME=f"{FOLDER}/state", XDG_DATA_HOME=f"{FOLDER}/data", XDG_CACHE_HOME=f"{FOLDER}/cache",
    XDG_CONFIG_HOME=f"{FOLDER}/config", LLM_USER_PATH=f"{FOLDER}/llm",
)
ENVIRONMENT.pop("LIMN_HISTORY", None)
for name in list(os.environ):
    # Clients obey proxies even for this machine.
    if name.lower().endswith("_proxy"):
        del os.environ[name]
        ENVIRONMENT.pop(name, None)

TOKEN = subprocess.run(
    [LIMN, "tokens", "create", "tester"], env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout.strip()
SERVER = subprocess.Popen([LIMN, "serve", "--listen", "127.0.0.1:0"], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
URL = SERVER.stdout.readline().split("/enter")[0].strip()
PORT = int(URL.rsplit(":", 1)[1])


def is_png(data, size=None):
    picture = Image.open(io.BytesIO(data))
    assert picture.format == "PNG", picture.format
    assert size is None or picture.size == size, picture.size
    return picture


def sample(side=256):
    picture = Image.new("RGB", (side, side), (200, 60, 40))
    data = io.BytesIO()
    picture.save(data, "PNG")
    return data.getvalue()


def openai_client():
    import openai

    client = openai.OpenAI(base_url=f"{URL}/v1", api_key=TOKEN)
    assert [model.id for model in client.models.list()]
    answer = client.images.generate(model="limn", prompt="a fox", n=2, size="256x256", extra_body={"seed": 3})
    assert len(answer.data) == 2
    first = is_png(base64.b64decode(answer.data[0].b64_json), (256, 256))
    again = client.images.generate(
        model="gpt-image-1", prompt="a fox", size="256x256", response_format="b64_json", extra_body={"seed": 3})
    assert again.data[0].url is None
    assert first.tobytes() == is_png(base64.b64decode(again.data[0].b64_json)).tobytes(), "one seed, two pictures"
    edited = client.images.edit(model="limn", image=("a.png", sample()), prompt="a red apple")
    is_png(base64.b64decode(edited.data[0].b64_json))
    mask = Image.new("RGBA", (256, 256), (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), (64, 64, 192, 192))
    data = io.BytesIO()
    mask.save(data, "PNG")
    edited = client.images.edit(
        model="limn", image=("a.png", sample()), mask=("m.png", data.getvalue()), prompt="a red apple",
        response_format="b64_json")
    corner = is_png(base64.b64decode(edited.data[0].b64_json)).convert("RGB").getpixel((4, 4))
    assert all(abs(a - b) < 12 for a, b in zip(corner, (200, 60, 40))), corner
    kinds = [
        event.type
        for event in client.images.generate(
            model="limn", prompt="a house", size="256x256", stream=True, partial_images=2, extra_body={"steps": 60})
    ]
    assert kinds[-1] == "image_generation.completed", kinds
    cut = client.images.generate(
        model="limn", prompt="a red apple", size="256x256", background="transparent", response_format="b64_json")
    assert is_png(base64.b64decode(cut.data[0].b64_json)).convert("RGBA").getpixel((2, 2))[3] == 0, "it has a background"
    jpeg = {"background": "transparent", "output_format": "jpeg"}
    for bad, field in (({"output_format": "svg"}, "output_format"), (jpeg, "background")):
        try:
            client.images.generate(model="limn", prompt="a fox", **bad)
            raise AssertionError(f"{bad} was taken")
        except openai.BadRequestError as error:
            assert error.param == field, error
    try:
        client.images.generate(model="limn", prompt="a naked woman, porn")
        raise AssertionError("it was painted")
    except openai.BadRequestError as error:
        assert error.code == "moderation_blocked" and error.type == "image_generation_user_error", error
    try:
        openai.OpenAI(base_url=f"{URL}/v1", api_key="limn_wrong", max_retries=0).models.list()
        raise AssertionError("anybody comes in")
    except openai.AuthenticationError as error:
        assert error.code == "invalid_api_key"


def llm_plugin():
    environment = dict(ENVIRONMENT, OPENAI_BASE_URL=f"{URL}/v1", OPENAI_API_KEY=TOKEN)
    command = os.path.join(os.path.dirname(sys.executable), "llm")
    models = subprocess.run([command, "models"], env=environment, capture_output=True, text=True, check=True).stdout
    name = next(
        word.strip(",()") for line in models.splitlines() if "image" in line.lower() for word in line.split()
        if "gpt-image" in word)
    before = set(os.listdir(FOLDER))
    subprocess.run(
        [command, "-m", name, "a red fox", "-n"], env=environment, cwd=FOLDER, check=True, capture_output=True, text=True)
    print("    model", name, "files", set(os.listdir(FOLDER)) - before)


def langchain():
    import requests
    from langchain_community.utilities.dalle_image_generator import DallEAPIWrapper

    wrapper = DallEAPIWrapper(api_key=TOKEN, base_url=f"{URL}/v1", model="dall-e-3", size="256x256")
    url = wrapper.run("a fox")
    is_png(requests.get(url, timeout=30).content)


def webui():
    import webuiapi

    api = webuiapi.WebUIApi(host="127.0.0.1", port=PORT)
    api.set_auth("anybody", TOKEN)
    assert api.get_options()["sd_model_checkpoint"]
    assert api.get_samplers() and api.get_sd_models() and api.get_prompt_styles() is not None
    api.util_set_model(api.util_get_model_names()[0])
    answer = api.txt2img(prompt="a fox", width=256, height=256, seed=5, steps=8)
    assert answer.image.size == (256, 256) and answer.info["seed"] == 5, answer.info
    again = api.img2img(images=[answer.image], prompt="a fox in snow", width=256, height=256, steps=8, denoising_strength=0.5)
    assert again.image.size == (256, 256)
    mask = Image.new("L", (256, 256), 0)
    mask.paste(255, (64, 64, 192, 192))
    api.img2img(images=[answer.image], mask_image=mask, prompt="an apple", width=256, height=256, steps=8)
    progress = api.get_progress()
    assert progress["progress"] == 0 and progress["state"]["job_count"] == 0, progress
    assert "Steps" in api.png_info(answer.image).info
    larger = api.extra_single_image(answer.image, upscaler_1="Lanczos", upscaling_resize=2)
    assert larger.image.size == (512, 512)
    api.interrupt()


def sd_backend():
    from sd_backend_client import DiffusionParams, connect_to_backend

    backend = connect_to_backend(URL, credentials_provider=lambda: ("anybody", TOKEN))
    assert type(backend).__name__ == "A1111Webservice"
    assert backend.list_checkpoints() and backend.list_samplers()
    parameters = DiffusionParams(prompt="a fox", width=256, height=256, steps=8, seed=4)
    result = backend.submit_txt2img(parameters).wait(timeout=60)
    assert result.images[0].size == (256, 256), result
    start = DiffusionParams(
        prompt="a red apple", width=256, height=256, steps=8, init_images=[result.images[0]],
        mask=Image.new("L", (256, 256), 255), denoising_strength=0.8)
    assert backend.submit_inpaint(start).wait(timeout=60).images
    backend.submit_txt2img(DiffusionParams(prompt="a fox", width=256, height=256, steps=200)).cancel()


def hugging_face():
    from huggingface_hub import InferenceClient

    client = InferenceClient(model=f"{URL}/hf", token=TOKEN)
    picture = client.text_to_image("a fox", width=256, height=256, num_inference_steps=4, guidance_scale=7, seed=1)
    assert picture.size == (256, 256)
    is_png(sample())
    path = f"{FOLDER}/start.png"
    with open(path, "wb") as file:
        file.write(sample())
    assert client.image_to_image(path, prompt="a fox").size


async def mcp_session(read, write):
    from mcp import ClientSession

    async with ClientSession(read, write) as session:
        await session.initialize()
        tools = await session.list_tools()
        assert "paint" in [tool.name for tool in tools.tools]
        answer = await session.call_tool("paint", {"prompt": "a fox", "steps": 4, "seed": 1})
        images = [item for item in answer.content if item.type == "image"]
        is_png(base64.b64decode(images[0].data))
        refused = await session.call_tool("paint", {"prompt": "a naked woman, porn"})
        assert getattr(refused, "isError", getattr(refused, "is_error", None)), refused


def mcp_http():
    import httpx
    from mcp.client.streamable_http import streamable_http_client

    async def run():
        try:
            import httpx2
            client = httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)
        except ImportError:
            client = httpx.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60)
        async with client, streamable_http_client(f"{URL}/mcp", http_client=client) as streams:
            await mcp_session(streams[0], streams[1])

    asyncio.run(run())


def mcp_stdio():
    from mcp import StdioServerParameters
    from mcp.client.stdio import stdio_client

    async def run():
        parameters = StdioServerParameters(command=LIMN, args=["mcp"], env=ENVIRONMENT)
        async with stdio_client(parameters) as streams:
            await mcp_session(streams[0], streams[1])

    asyncio.run(run())


failed = []
try:
    checks = [openai_client, llm_plugin, langchain, webui, sd_backend, hugging_face, mcp_http, mcp_stdio]
    for check in checks:
        if len(sys.argv) > 2 and check.__name__ not in sys.argv[2:]:
            continue
        try:
            check()
            print(f"ok      {check.__name__}", flush=True)
        except BaseException:  # a group of errors is none of Exception
            failed.append(check.__name__)
            print(f"FAILED  {check.__name__}", flush=True)
            traceback.print_exc()
finally:
    SERVER.terminate()
    status = SERVER.wait(20)
    print("the server left with", status)
sys.exit(1 if failed or status else 0)

import { button, el } from "./dom.js";
import { dialog } from "./dialog.js";
import { notice } from "./notices.js";

/** Browsers lend a camera to pages of this machine and to pages by TLS only. */
export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia);

/** Shows what the camera sees. @returns the picture taken, or null. */
export async function camera() {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1280 }, facingMode: "environment" } });
  } catch {
    notice("The browser gave no camera: there is none, or it was not allowed.", { kind: "wrong" });
    return null;
  }
  const video = el("video", { autoplay: true, playsinline: true, "aria-label": "What the camera sees" });
  video.muted = true;
  video.srcObject = stream;
  let taken = null;
  const take = async () => {
    const canvas = el("canvas", { width: video.videoWidth, height: video.videoHeight });
    canvas.getContext("2d").drawImage(video, 0, 0);
    taken = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.92));
    opened.close();
  };
  const opened = dialog("Camera", [video, el("footer", {}, button("camera", "Take the picture", take, { class: "primary" }))], { spec: "medium" });
  await opened.closed;
  stream.getTracks().forEach((track) => track.stop());
  return taken;
}

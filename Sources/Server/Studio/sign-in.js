const sentences = {
  token: "That token is not known here, or it has been revoked or has expired. Check that you copied all of it.",
  wait: "Too many tries. Wait a minute, then try again.",
  link: "That link has been used or is too old. Ask for a new one, or sign in with a token.",
  session: "Your session has ended. Sign in again; what you had typed is kept.",
};

const reason = new URLSearchParams(location.search).get("refused");
if (reason) {
  const place = document.getElementById("refused");
  place.hidden = false;
  place.textContent = sentences[reason] ?? sentences.token;
  history.replaceState(null, "", "/");
}

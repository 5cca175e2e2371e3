"use strict";
/* When the server does not answer, refuses, or fails, a bar says so: a page that silently stays as
   it was would look as if it had listened. */
(() => {
  const ask = window.fetch;
  let asking = false;

  function bar() {
    let found = document.getElementById("trouble-bar");
    if (!found) {
      found = document.createElement("div");
      found.id = "trouble-bar";
      found.setAttribute("role", "alert");
      document.body.prepend(found);
    }
    return found;
  }
  function say(text, href, word) {
    const box = bar();
    box.textContent = text;
    if (!href) return;
    const link = document.createElement("a");
    link.href = href;
    link.textContent = word;
    box.append(" ", link);
  }
  const hush = () => document.getElementById("trouble-bar")?.remove();

  /* Ask again until the server is back; what was on the page is still there. */
  function await_server() {
    if (asking) return;
    asking = true;
    const timer = setInterval(async () => {
      try {
        const answer = await ask("/_dash-layout", { method: "HEAD", cache: "no-store" });
        clearInterval(timer);
        asking = false;
        if (answer.status === 401) say("You are no longer logged in.", location.pathname + location.search, "Log in again");
        else say("The explorer is back.", location.href, "Load this page again");
      } catch { /* not yet */ }
    }, 1500);
  }

  window.fetch = async (...given) => {
    const address = String(given[0]?.url || given[0]);
    if (!address.includes("_dash-update-component")) return ask(...given);
    let answer;
    try {
      answer = await ask(...given);
    } catch (error) {
      if (error.name !== "AbortError") {
        say("The explorer does not answer: it was stopped, or the network is gone. Nothing that you do now is kept.");
        await_server();
      }
      throw error;
    }
    if (answer.status === 401) {
      say("You are no longer logged in; nothing was done.", location.pathname + location.search, "Log in again");
    } else if (answer.status === 403) {
      say("The explorer refused this: your role or your address may not do it.");
    } else if (answer.status === 400) {
      say("The server does not know this request: the page may be of an older version. Nothing was done.", location.href, "Load this page again");
    } else if (answer.status >= 500) {
      say("Something went wrong on the server, and nothing was done. Its log has the details.", location.href, "Load this page again");
    } else if (!asking) {
      hush();
    }
    return answer;
  };
})();

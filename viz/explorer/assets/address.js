"use strict";
/* Going to another page as dcc.Link does: without loading the page again. No network. */
window.cibGo = (href) => {
  history.pushState({}, "", href);
  dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
};

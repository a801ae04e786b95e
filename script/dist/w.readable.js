try {
// script/src/stub.ts
let stub = window.sporlos ||= (...call) => (stub.q ||= []).push(call);

// script/src/consent.ts
let refused = () => navigator.globalPrivacyControl || navigator.doNotTrack == 1 || /sporlos=no/.test(document.cookie);

// script/src/settings.ts
let { dataset: data, src } = document.currentScript || document.querySelector('script[src*="/w."]');
let events = data.api || src.replace(/[^/]*$/, "e");
let searches = events.replace(/[^/]*$/, "q");
let domain = data.domain || location.hostname.replace(/^www\./, "");
let hash = "hash" in data ? 1 : void 0;
let phraseNames = (data.search ?? "q,query,k,keyword,s,search,searchword,sok,sokeord,s\xF8k,s\xF8keord").split(/^off$|,/);

// script/src/send.ts
let send = async (to, beacon) => {
  try {
    refused() || await fetch(to, {
      method: "POST",
      body: JSON.stringify({ d: domain, ...beacon }),
      keepalive: true,
      mode: "no-cors",
      credentials: "omit",
      referrer: ""
    });
  } catch {
  }
};

// script/src/page.ts
let url;
let here;
let path;
let referrer;
let since;
let spent;
let depth;
let told;
let clock = (_, now = performance.now()) => {
  spent += since && now - since;
  since = !document.hidden && document.hasFocus() && now;
};
let measure = () => {
  depth = Math.max(depth, Math.min(100, Math.round((scrollY + innerHeight) / document.documentElement.scrollHeight * 100)));
};
let report = () => {
  clock();
  measure();
  if (depth > told || spent > 3e3) {
    send(events, { u: url, h: hash, v: 1, n: "engagement", e: spent | 0, sd: told = depth });
    spent = 0;
  }
};
let phraseIn = (url2) => url2.origin == origin && phraseNames.map((name) => url2.searchParams.get(name)).find((value) => value?.trim());
let before = phraseIn(new URL(document.referrer || origin));
let phrase;
let timer;
let onward;
let note = (leads) => {
  onward ||= leads;
};
let settle = (event) => {
  if (phrase != before) {
    phrase && send(searches, {
      q: phrase,
      k: "search",
      n: parseInt(document.querySelector("[data-sporlos-results]")?.dataset.sporlosResults)
    });
    before && send(searches, phrase ? { q: before, k: "refine" } : { q: before, k: "open", to: path });
  }
  before = phrase;
  if (event?.type == "pagehide") {
    phrase && !onward && send(searches, { q: phrase, k: "leave" });
    onward = 1;
  }
};
let track = ([name, options]) => send(events, { u: url, h: hash, v: 1, n: name, r: referrer, p: options?.props, $: options?.revenue, i: options?.interactive });
let view = () => {
  referrer = url ? "" : document.referrer.split("?")[0];
  url = here;
  clock();
  spent = depth = told = 0;
  track(["pageview"]);
};
let shown = (again, replaced) => {
  replaced || settle();
  here = new URL(location);
  phrase = phraseIn(here);
  if (phrase) here.search = "";
  if (!hash) here.hash = "";
  if (true) onward = 0;
  if (again) before = phrase;
  clearTimeout(timer);
  timer = setTimeout(settle, Math.random() * 1e3 + 1e3);
  if (path != (path = here.pathname + here.hash)) {
    url && report();
    view();
  }
};

// script/src/clicks.ts
let files = /\.(pdf|docx?|xlsx?|pp[st]x?|od[pst]|key|txt|rtf|csv|zip|rar|7z|gz|exe|dmg|pkg|avi|mov|mp[34]|mpeg|wmv|wma|wav|midi)$/i;
let acted = (event) => {
  const sent = event.type == "submit";
  const path2 = sent ? [event.target] : event.composedPath();
  const link = path2.find((node) => node.pathname && node.host);
  const marked = path2.find((node) => node.dataset?.sporlosEvent);
  const stays = link?.host == location.host;
  note(sent || stays);
  if (event.button > 1) return;
  const props = link ? { url: link.origin + link.pathname } : {};
  let name;
  if (marked) {
    name = sent == marked.matches("form") && marked.dataset.sporlosEvent;
    for (const { name: name2, value } of marked.attributes) {
      const key = name2.split("data-sporlos-event-")[1];
      if (key) props[key] = value;
    }
  } else if (sent) {
    name = "Form: Submission";
    props.path = location.pathname;
  } else if (link) name = stays ? files.test(link.pathname) && "File Download" : "Outbound Link: Click";
  name && track([name, { props }]);
};

// script/src/start.ts
let turn = (event) => {
  if (url) {
    settle(event);
    report();
  } else if (!document.hidden) {
    shown(performance.navigation?.type, 1);
    ["pushState", "replaceState"].map((method, replaces) => {
      const original = history[method];
      history[method] = function(...args) {
        original.apply(this, args);
        shown(0, replaces);
      };
    });
    addEventListener("pageshow", (event2) => event2.persisted && view());
    addEventListener("pagehide", turn);
    addEventListener("focus", clock);
    addEventListener("blur", clock);
    addEventListener("scroll", measure);
    addEventListener("popstate", shown);
    if (true) {
      addEventListener("click", acted, true);
      addEventListener("auxclick", acted, true);
      addEventListener("submit", acted, true);
    }
    ;
    (stub.q ||= []).map(track);
    stub.q.push = track;
  }
};
if (!stub.l && ("local" in data || !/\blocalhost$|^(127\.|\[::1]|$)/.test(location.hostname)) && !refused()) {
  stub.l = 1;
  addEventListener("visibilitychange", turn);
  turn();
}
} catch {}

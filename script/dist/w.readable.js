try {
// script/src/stub.ts
let stub = window.sporlos ||= (...call) => (stub.q ||= []).push(call);

// script/src/consent.ts
let refused = () => navigator.globalPrivacyControl | navigator.doNotTrack || /sporlos=no/.test(document.cookie);

// script/src/settings.ts
let { dataset: data, src } = document.currentScript || document.querySelector('script[src*="/w."]');
let hash = "hash" in data ? 1 : void 0;

// script/src/send.ts
let prepare = (to, how) => {
  const request = new Request(to, how);
  steps.unshift(() => fetch(request).catch(() => {
  }));
};
let send = async (beacon, events = data.api || src.replace(/[^/]*$/, "e")) => {
  try {
    refused() || await (steps[0] ? prepare : fetch)(beacon.q ? events.replace(/[^/]*$/, "q") : events, {
      method: "POST",
      body: JSON.stringify({ d: data.domain || location.hostname.replace(/^www\./, ""), ...beacon }),
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
  depth = Math.max(depth, (scrollY + innerHeight) / document.documentElement.scrollHeight * 100 + 0.5 | 0);
};
let report = () => {
  clock();
  measure();
  if (depth > told || spent > 3e3) {
    send({ u: url, h: hash, v: 1, n: "engagement", e: spent | 0, sd: told = depth });
    spent = 0;
  }
};
let before;
let phrase;
let timer;
let onward;
let note = (leads) => {
  onward ||= leads;
};
let settle = () => {
  if (phrase != before) {
    if (true) {
      const results = document.querySelector("[data-sporlos-results]")?.dataset.sporlosResults;
      phrase && send({ q: phrase, k: "search", n: parseInt(results) });
      before && send(phrase ? { q: before, k: "refine" } : { q: before, k: "open", to: path });
    } else phrase && send({ q: phrase, k: "search" });
  }
  before = phrase;
};
let left = () => {
  phrase && !onward && send({ q: phrase, k: "leave" });
  onward = 1;
};
let track = ([name, options]) => send({ u: url, h: hash, v: 1, n: name, r: referrer, p: options?.props, $: options?.revenue, i: options?.interactive });
let view = () => {
  referrer = url ? "" : document.referrer.split("?")[0];
  url = here;
  clock();
  spent = depth = told = 0;
  track(["pageview"]);
};
let shown = (again, replaces, address = location.href) => {
  const look = () => {
    replaces || settle();
    here = new URL(address);
    phrase = here.origin == origin && // another site's is none; the core never tells more of it than that it is no new one here
    (data.search ?? "q,query,k,keyword,s,search,searchword,sok,sokeord,s\xF8k,s\xF8keord").split(/^off$|,/).map((name) => here.searchParams.get(name)).find((value) => value?.trim());
    if (phrase) here.search = "";
    if (!hash) here.hash = "";
    if (true) onward = 0;
    if (again) before = phrase;
    clearTimeout(timer);
    timer = setTimeout(settle, Math.random() * 1e3 + 1e3);
    if (path != (path = here.pathname + here.hash) && url) {
      report();
      view();
    }
  };
  steps[0] ? steps.push(look) : url && look();
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
let steps = [() => refused() && (steps = [])];
let begun;
let step = () => {
  try {
    steps.shift()();
    setTimeout(step);
  } catch {
    steps = [];
  }
};
let turn = (event) => {
  if (begun) {
    while (steps[0]) step();
    settle();
    event?.type == "pagehide" && left();
    report();
  } else if (!document.hidden) {
    begun = setTimeout(step);
    shown(0, 1);
    addEventListener("popstate", shown);
    ["pushState", "replaceState"].map((method, replaces) => {
      const original = history[method];
      history[method] = (...args) => shown(original.apply(history, args), replaces);
    });
  }
};
if (!stub.l && ("local" in data || !/^$|^127\.|:1]|localhost$/.test(location.hostname))) {
  stub.l = 1;
  shown(1, 1, document.referrer || origin);
  shown(performance.navigation?.type, 1);
  steps.push(view, () => {
    addEventListener("pageshow", (event) => event.persisted && view());
    addEventListener("scroll", measure);
    if (true) {
      addEventListener("click", acted, true);
      addEventListener("auxclick", acted, true);
      addEventListener("submit", acted, true);
    }
    stub.q?.map(track);
    stub.q = { push: track };
  });
  addEventListener("focus", clock);
  addEventListener("blur", clock);
  addEventListener("visibilitychange", turn);
  addEventListener("pagehide", turn);
  turn();
}
} catch {}

try {
(() => {
  // script/src/stub.ts
  var stub = window.sporlos ||= (...call) => (stub.q ||= []).push(call);

  // script/src/consent.ts
  var no = "sporlos=no";
  var refused = () => navigator.globalPrivacyControl || navigator.doNotTrack == "1" || document.cookie.includes(no);

  // script/src/engagement.ts
  var since = 0;
  var spent = 0;
  var depth = 0;
  var told = 0;
  var clock = () => {
    const now = performance.now();
    spent += since && now - since;
    since = document.hidden || !document.hasFocus() ? 0 : now;
  };
  var measure = () => {
    const here = Math.round((scrollY + innerHeight) / document.documentElement.scrollHeight * 100);
    depth = Math.min(100, Math.max(depth, here));
  };
  var attend = () => {
    spent = since = depth = told = 0;
    clock();
  };
  var report = () => {
    clock();
    measure();
    if (depth > told || spent >= 3e3) {
      tell("engagement", { e: spent | 0, sd: told = depth });
      spent = 0;
    }
  };

  // script/src/settings.ts
  var tag = document.currentScript || document.querySelector('script[type=module][src*="/w."]');
  var data = tag.dataset;
  var lastSegment = /[^/]*$/;
  var events = data.api || tag.src.replace(lastSegment, "e");
  var searches = events.replace(lastSegment, "q");
  var domain = data.domain || location.hostname.replace(/^www\./, "");
  var hash = "hash" in data ? 1 : void 0;
  var names = data.search ?? "q,query,s,search,sok,sokeord,s\xF8k,s\xF8keord,searchword,keyword,k";
  var phraseNames = names == "off" ? [] : names.split(",");
  var countable = "local" in data || !/^$|(^|\.)localhost$|^127\.|^\[::1]$/.test(location.hostname);

  // script/src/send.ts
  var send = async (to, beacon) => {
    if (refused()) return;
    try {
      await fetch(to, {
        method: "POST",
        body: JSON.stringify({ d: domain, ...beacon }),
        keepalive: true,
        mode: "no-cors",
        credentials: "omit",
        referrerPolicy: "no-referrer"
      });
    } catch {
    }
  };

  // script/src/search.ts
  var phraseIn = (url2) => {
    const { origin, searchParams } = new URL(url2);
    return origin == location.origin ? phraseNames.map((name) => searchParams.get(name)).find((value) => value?.trim()) : void 0;
  };
  var before = phraseIn(document.referrer || "a:");
  var timer;
  var phrase;
  var onward;
  var note = (event) => {
    onward ||= event.type == "submit" || event.composedPath().find((node) => node.host == location.host);
  };
  var settle = (gone) => {
    if (phrase != before) {
      phrase && send(searches, {
        q: phrase,
        k: "search",
        n: parseInt(document.querySelector("[data-sporlos-results]")?.dataset.sporlosResults)
      });
      before && send(searches, phrase ? { q: before, k: "refine" } : { q: before, k: "open", to: path });
    }
    before = phrase;
    if (true) {
      gone && phrase && !onward && send(searches, { q: phrase, k: "leave" });
      onward ||= gone;
    }
  };
  var look = (again) => {
    phrase = phraseIn(location.href);
    if (true) onward = 0;
    if (again) before = phrase;
    clearTimeout(timer);
    timer = setTimeout(settle, 1e3 + Math.random() * 1e3);
  };

  // script/src/page.ts
  var path;
  var url;
  var referrer;
  var tell = (n, more) => send(events, { n, u: url, h: hash, v: 1, ...more });
  var fragment = () => hash ? location.hash : "";
  var place = () => location.pathname + fragment();
  var view = (from = "") => {
    referrer = from;
    path = place();
    url = location.href.split(phrase ? /[?#]/ : "#")[0] + fragment();
    attend();
    tell("pageview", { r: referrer });
  };
  var moved = (back, replaced) => {
    replaced || settle();
    look(back);
    if (place() != path) {
      report();
      view();
    }
  };
  var follow = (method, replaces) => {
    const original = history[method];
    history[method] = function(...args) {
      original.apply(this, args);
      moved(0, replaces);
    };
  };
  var leave = ({ type }) => {
    settle(type == "pagehide");
    report();
  };
  var open = () => {
    look(performance.navigation?.type);
    view(document.referrer.split("?")[0]);
    follow("pushState");
    follow("replaceState", 1);
    addEventListener("popstate", moved);
    addEventListener("pageshow", (event) => event.persisted && view());
    addEventListener("visibilitychange", leave);
    addEventListener("pagehide", leave);
    addEventListener("focus", clock);
    addEventListener("blur", clock);
    addEventListener("scroll", measure);
  };

  // script/src/start.ts
  var track = ([name, options]) => tell(name, { r: referrer, p: options?.props, $: options?.revenue, i: options?.interactive });
  var start = (also) => {
    if (stub.l || !countable || refused()) return;
    stub.l = 1;
    const begin = () => {
      open();
      stub.q?.forEach(track);
      stub.q = { push: track };
      also?.();
    };
    document.hidden ? addEventListener("visibilitychange", begin, { once: true }) : begin();
  };

  // script/src/clicks.ts
  var files = /\.(pdf|docx?|xlsx?|pp[st]x?|od[pst]|key|txt|rtf|csv|zip|rar|7z|gz|exe|dmg|pkg|avi|mov|mp[34]|mpeg|wmv|wma|wav|midi)$/i;
  var marked = (path2) => path2.find((node) => node.dataset?.sporlosEvent);
  var trackMarked = (element, props) => {
    for (const { name, value } of element.attributes) {
      const key = name.split("data-sporlos-event-")[1];
      if (key) props[key] = value;
    }
    track([element.dataset.sporlosEvent, { props }]);
  };
  var clicked = (event) => {
    if (event.button > 1) return;
    const path2 = event.composedPath();
    const link = path2.find((node) => node.pathname && node.host);
    const element = marked(path2);
    const props = link ? { url: link.origin + link.pathname } : {};
    if (element) {
      element.matches("form") || trackMarked(element, props);
    } else if (link) {
      if (link.host != location.host) track(["Outbound Link: Click", { props }]);
      else if (files.test(link.pathname)) track(["File Download", { props }]);
    }
  };
  var submitted = (event) => {
    const form = marked([event.target]);
    form ? trackMarked(form, {}) : track(["Form: Submission", { props: { path: location.pathname } }]);
  };
  var watchClicks = () => {
    addEventListener("click", note, true);
    addEventListener("auxclick", note, true);
    addEventListener("submit", note, true);
    addEventListener("click", clicked, true);
    addEventListener("auxclick", clicked, true);
    addEventListener("submit", submitted, true);
  };

  // script/src/w.ts
  start(watchClicks);
})();
} catch {}

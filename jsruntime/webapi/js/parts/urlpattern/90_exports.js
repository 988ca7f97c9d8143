const { URLPattern } = urlpatternLibrary;
defineProperty(URLPattern.prototype, symbolToStringTag, { __proto__: null, value: "URLPattern", configurable: true });

return { __proto__: null, URLPattern };

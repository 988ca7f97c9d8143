return { __proto__: null, inspectWith, nodeOptions, format, table };

import { v4, v5, v7, validate, version } from "uuid";

export default (msg) => {
  const name = v5(msg.text(), v5.URL);
  return { name, valid: validate(v4()) && validate(v7()), versions: [v4(), v7(), name].map(version) };
};

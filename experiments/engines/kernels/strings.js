export default () => {
  let s = "";
  for (let i = 0; i < 4000; i++) s += String.fromCharCode(97 + (i % 26));
  const words = s.split("e").map((w) => w.toUpperCase()).join("-");
  return words.length + "," + words.indexOf("XYZ");
};

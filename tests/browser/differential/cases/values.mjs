// Values of another type than a member has, one at a time.
const kWrong = {
  text: [7, true, null],
  texts: ['a text', [7]],
  boolean: ['true', 1],
  count: ['7', -1, 1.5],
  id: ['a text', -1, 1.5],
};

export function* wrongTypes(members) {
  for (const [name, type] of Object.entries(members)) {
    for (const value of kWrong[type]) yield { [name]: value };
  }
}

/** Replaces letters wherever they are stored, as `StoragePlace.alter` says. */
export function alterSql(from: string, to: string): readonly string[] {
  const columns = ['meta.value', 'routes.name', 'routes.threshold', 'routes.metadata', 'utterances.text'];
  return columns.map((place) => {
    const [table, column] = place.split('.') as [string, string];
    return `UPDATE ${table} SET ${column} = replace(${column}, '${from}', '${to}') WHERE instr(${column}, '${from}')`;
  });
}

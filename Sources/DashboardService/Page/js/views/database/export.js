// Rows as files: CSV by the rules of RFC 4180, JSON as a list of records, numbers as the topics have them.
import { save } from "../../api.js";

/** Saves rows as `kind`, which is `csv` or `json`. */
export function saveRows(kind, columns, rows, name) {
  if (kind === "json") {
    const records = rows.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at]])));
    return save(new Blob([JSON.stringify(records, null, 1)], { type: "application/json" }), `${name}.json`);
  }
  const lines = [columns, ...rows].map((row) => row.map(cell).join(","));
  return save(new Blob([lines.join("\r\n"), "\r\n"], { type: "text/csv" }), `${name}.csv`);
}

function cell(value) {
  const text = value === null || value === undefined ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

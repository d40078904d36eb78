// Builds a standard tree over the accounts of a file («address amount» a line) and all its proofs; prints seconds as JSON.
// `proofs_s` calls getProof, which hashes the leaf again and verifies each path; `paths_s` only collects the siblings.
// `cpu_s` is processor time of tree and bare paths, the garbage collector's threads included.
import { readFileSync } from "node:fs";
import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import core from "@openzeppelin/merkle-tree/dist/core.js";

const values = readFileSync(process.argv[2], "utf8").trimEnd().split("\n").map((line) => line.split(" "));
const checked = process.argv[3] === "checked";

function timed(work) {
  const start = performance.now();
  const result = work();
  return [result, (performance.now() - start) / 1000];
}

const before = process.cpuUsage();
const [tree, build_s] = timed(() => StandardMerkleTree.of(values, ["address", "uint256"]));
let steps = 0;
const [, paths_s] = timed(() => {
  for (const { treeIndex } of tree.values) steps += core.getProof(tree.tree, treeIndex).length;
});
const cpu = process.cpuUsage(before);
let proofs_s = null;
if (checked) {
  [, proofs_s] = timed(() => {
    for (let at = 0; at < values.length; at++) steps += tree.getProof(at).length;
  });
}
console.log(JSON.stringify({ root: tree.root, build_s, paths_s, cpu_s: (cpu.user + cpu.system) / 1e6, proofs_s, steps, rss_mb: process.memoryUsage().rss / 2 ** 20 }));

// What must be true of a daemon, whatever happened to it: it says what the chain says.
import assert from "node:assert/strict";
import { readTransfer, topics } from "./chain.mjs";
import { tokens } from "./config.mjs";
import { eventually } from "./waiting.mjs";

const kinds = { transfer: 0, mint: 1, burn: 2, opening: 3 };
const nobody = `0x${"0".repeat(40)}`;

/// Every answer names a canonical block and is the chain's balance at it. `answers` are
/// {answer, address}; each user has that one wallet.
export async function assertTrue(chain, answers) {
  const hashes = await chain.hashes(answers.map(({ answer }) => answer.block_number));
  for (const { answer } of answers) {
    assert.equal(answer.block_hash, hashes.get(answer.block_number), `${at(answer)}: not canonical`);
  }
  const wrong = await otherThanOnChain(chain, answers);
  if (wrong.length > 0) await assertOnceBuried(chain, wrong);
}

const at = ({ user_id, token_id, block_number }) => {
  return `${user_id}, token ${token_id}, block ${block_number}`;
};

/// Of `answers`, those whose amount is another one than the chain's at the same block.
async function otherThanOnChain(chain, answers) {
  const token = { [tokens.eth]: undefined, [tokens.cpop]: chain.cpop, [tokens.usdt]: chain.usdt,
    [tokens.art]: chain.art };
  const amounts = await chain.balances(answers.map(({ answer, address }) => {
    return { token: token[answer.token_id], address, at: answer.block_hash };
  }));
  return answers.map((asked, i) => ({ ...asked, amount: String(amounts[i]) }))
    .filter(({ answer, amount }) => answer.balance_raw !== amount);
}

/// A node that is about to mine may answer for its newest block from the one to come: what counts
/// is what it says of a block that has successors.
async function assertOnceBuried(chain, answers) {
  const newest = Math.max(...answers.map(({ answer }) => answer.block_number));
  await eventually("two blocks above", async () => (await chain.head()).number >= newest + 2,
    { seconds: 5 }).catch(() => {});
  for (const { answer, amount } of await otherThanOnChain(chain, answers)) {
    assert.equal(answer.balance_raw, amount, `${at(answer)}: not what the chain says`);
  }
}

/// The cached balances of all wallets are true; the answers.
export async function assertCachedBalancesTrue(daemon, chain, token = tokens.cpop) {
  const answers = [];
  for (const { user_id, address } of chain.wallets) {
    answers.push({ address, answer: await daemon.balance(user_id, chain.chain_id, token) });
  }
  await assertTrue(chain, answers);
  return answers.map(({ answer }) => answer);
}

/// At rest at the head: cached balances, stored balances, journal and blocks all say what the chain
/// says. The chain must not move meanwhile.
export async function assertLedgerExact(daemon, chain, ledger, token = tokens.cpop) {
  const head = await daemon.untilAtHead(chain);
  for (const answer of await assertCachedBalancesTrue(daemon, chain, token)) {
    assert.equal(answer.block_hash, head.hash, "a cached balance is not as of the head");
  }
  await assertTablesExact(chain, ledger, head, token);
}

/// The same of the ledger's tables alone, which stand at `head`.
export async function assertTablesExact(chain, ledger, head, token = tokens.cpop) {
  const contract = token === tokens.cpop ? chain.cpop : chain.usdt;
  const wallets = await ledger.wallets(chain.chain_id);
  await assertStoredBalances(chain, ledger, token, contract, wallets, head);
  await assertMoves(chain, ledger, token, contract, wallets, head);
  await assertOpenings(chain, ledger, token, contract, wallets);
  await assertBlocks(chain, ledger);
}

async function assertStoredBalances(chain, ledger, token, contract, wallets, head) {
  const stored = await ledger.balances(chain.chain_id, token);
  const amounts = await chain.balances(wallets.map(({ address }) => {
    return { token: contract, address, at: head.hash };
  }));
  const expected = wallets.map(({ wallet_id }, i) => {
    return { wallet_id, amount: String(amounts[i]), journal: String(amounts[i]) };
  });
  assert.deepEqual(stored, expected, "stored balances, the journal's sums and the chain");
}

/// The journal has each Transfer that a tracked wallet takes part in, once, and nothing else.
async function assertMoves(chain, ledger, token, contract, wallets, head) {
  const expected = (await chain.logs(contract, 0, head.number))
    .filter((log) => log.topics[0] === topics.transfer)
    .map((log) => expectedMove(wallets, log))
    .filter(({ debit, credit }) => debit > 0 || credit > 0);
  const moves = await ledger.moves(chain.chain_id, token);
  const shown = (list) => list.map((move) => JSON.stringify(move));
  assert.deepEqual(shown(moves), shown(expected), "the journal and the chain's Transfer logs");
}

function expectedMove(wallets, log) {
  const { from, to, amount } = readTransfer(log);
  const block = Number(log.blockNumber);
  const side = (address) => {
    const wallet = wallets.find((one) => one.address === address.toLowerCase());
    return wallet && wallet.tracked_from !== null && wallet.tracked_from < block
      ? wallet.wallet_id
      : 0;
  };
  const kind = from === nobody ? kinds.mint : to === nobody ? kinds.burn : kinds.transfer;
  return {
    block, log: Number(log.logIndex), sub: 0, debit: side(from), credit: side(to),
    amount: String(amount), kind, tx: log.transactionHash,
  };
}

/// Besides, there is one opening a wallet that held something, and no correction at all.
async function assertOpenings(chain, ledger, token, contract, wallets) {
  const amounts = await chain.balances(wallets.map(({ address, tracked_from }) => {
    return { token: contract, address, at: tracked_from };
  }));
  const expected = wallets
    .map(({ wallet_id, tracked_from }, i) => ({
      block: tracked_from, debit: 0, credit: wallet_id, amount: String(amounts[i]),
      kind: kinds.opening,
    }))
    .filter(({ amount }) => amount !== "0");
  const byWallet = (a, b) => a.credit - b.credit;
  const entries = await ledger.entries(chain.chain_id, token);
  assert.deepEqual(entries.sort(byWallet), expected.sort(byWallet), "openings and corrections");
}

async function assertBlocks(chain, ledger) {
  const blocks = await ledger.blocks(chain.chain_id);
  const hashes = await chain.hashes(blocks.map(({ number }) => number));
  for (const { number, hash } of blocks) {
    assert.equal(hash, hashes.get(number), `stored block ${number} is not canonical`);
  }
}

// What must be true of a daemon, whatever happened to it: it says what the chain says.
import assert from "node:assert/strict";
import { readTransfer, topics } from "./chain.mjs";
import { tokens } from "./config.mjs";
import { nftsOnChain, readNftMoves } from "./nfts.mjs";
import { eventually } from "./waiting.mjs";

const kinds = { transfer: 0, mint: 1, burn: 2, opening: 3 };
const nobody = `0x${"0".repeat(40)}`;

/// Undefined for the native token.
function contractOf(chain, token) {
  return { [tokens.cpop]: chain.cpop, [tokens.usdt]: chain.usdt, [tokens.art]: chain.art,
    [tokens.game]: chain.game }[token];
}

const isNft = (token) => token === tokens.art || token === tokens.game;

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
  const amounts = await chain.balances(answers.map(({ answer, address }) => {
    return { token: contractOf(chain, answer.token_id), address, at: answer.block_hash };
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
  const contract = contractOf(chain, token);
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

/// The journal has each transfer that a tracked wallet takes part in, once, and nothing else.
async function assertMoves(chain, ledger, token, contract, wallets, head) {
  const read = isNft(token) ? readNftMoves : readErc20Moves;
  const expected = (await chain.logs(contract, 0, head.number))
    .flatMap((log) => read(log).map((move, sub) => expectedMove(wallets, log, move, sub)))
    .filter(({ debit, credit }) => debit > 0 || credit > 0);
  const moves = await ledger.moves(chain.chain_id, token);
  const shown = (list) => list.map((move) => JSON.stringify(move));
  assert.deepEqual(shown(moves), shown(expected), "the journal and the chain's Transfer logs");
}

function readErc20Moves(log) {
  if (log.topics[0] !== topics.transfer) return [];
  return [{ ...readTransfer(log), nft: null }];
}

function expectedMove(wallets, log, { from, to, amount, nft }, sub) {
  const block = Number(log.blockNumber);
  const side = (address) => {
    const wallet = wallets.find((one) => one.address === address.toLowerCase());
    return wallet && wallet.tracked_from !== null && wallet.tracked_from < block
      ? wallet.wallet_id
      : 0;
  };
  const kind = from === nobody ? kinds.mint : to === nobody ? kinds.burn : kinds.transfer;
  return {
    block, log: Number(log.logIndex), sub, debit: side(from), credit: side(to),
    amount: String(amount), kind, tx: log.transactionHash, nft,
  };
}

/// Besides, there is one opening a wallet that held something (one for each NFT), and no correction
/// at all.
async function assertOpenings(chain, ledger, token, contract, wallets) {
  const held = isNft(token) ? nftsOpened : amountsOpened;
  const expected = (await held(chain, token, contract, wallets))
    .map(({ wallet, amount, nft }) => ({
      block: wallet.tracked_from, debit: 0, credit: wallet.wallet_id, amount, kind: kinds.opening,
      nft,
    }))
    .filter(({ amount }) => amount !== "0");
  const inOrder = (a, b) => a.credit - b.credit || Number(a.nft) - Number(b.nft);
  const entries = await ledger.entries(chain.chain_id, token);
  assert.deepEqual(entries.sort(inOrder), expected.sort(inOrder), "openings and corrections");
}

async function amountsOpened(chain, token, contract, wallets) {
  const amounts = await chain.balances(wallets.map(({ address, tracked_from }) => {
    return { token: contract, address, at: tracked_from };
  }));
  return wallets.map((wallet, i) => ({ wallet, amount: String(amounts[i]), nft: null }));
}

async function nftsOpened(chain, token, contract, wallets) {
  const opened = [];
  for (const wallet of wallets) {
    const held = await nftsOnChain(chain, [wallet.address], wallet.tracked_from);
    for (const { token_id, amount, nft_id } of held) {
      if (token_id === token) opened.push({ wallet, amount, nft: nft_id });
    }
  }
  return opened;
}

async function assertBlocks(chain, ledger) {
  const blocks = await ledger.blocks(chain.chain_id);
  const hashes = await chain.hashes(blocks.map(({ number }) => number));
  for (const { number, hash } of blocks) {
    assert.equal(hash, hashes.get(number), `stored block ${number} is not canonical`);
  }
}

/// At rest at the head: the NFTs of each user, page by page, are those that the chain says its wallet
/// holds.
export async function assertNftsExact(daemon, chain) {
  const head = await daemon.untilAtHead(chain);
  const addresses = chain.wallets.map(({ address }) => address);
  const held = await nftsOnChain(chain, addresses, head.hash);
  const expected = held.map(({ address, token_id, nft_id, amount }) => {
    const { user_id } = chain.wallets.find((wallet) => wallet.address === address);
    return shownNft(user_id, { token_id, nft_id, amount });
  });
  const shown = [];
  for (const { user_id } of chain.wallets) {
    const items = await daemon.walk(`/v1/users/${user_id}/nfts?chain_id=${chain.chain_id}`, 2);
    shown.push(...items.map((nft) => shownNft(user_id, nft)));
  }
  assert.deepEqual(shown.sort(), expected.sort(), "the NFTs and the chain");
  return held;
}

const shownNft = (user, { token_id, nft_id, amount }) =>
  `${user}: ${amount} of token ${token_id}, id ${nft_id}`;

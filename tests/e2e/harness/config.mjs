// Configurations for the daemon. They are written as JSON, which is YAML too.
/// The devnet's tokens by name: their numbers in every configuration here.
export const tokens = { eth: 0, cpop: 1, usdt: 2, art: 3, game: 4 };

export function endpoint(at) {
  return { http: `http://${at}`, ws: `ws://${at}` };
}

/// One entry of `chains`. `usdtFollowed` makes the 6-decimals token a real-time one,
/// `nftsFollowed` the NFTs.
export function chainEntry(chain, { endpoints = [endpoint(chain.address)], usdtFollowed = false,
  nftsFollowed = false, ...others } = {}) {
  return {
    chain_id: chain.chain_id,
    name: chain.name,
    rpc: endpoints,
    multicall3: chain.multicall3,
    tokens: [
      { token_id: tokens.eth, kind: "native", symbol: "ETH", decimals: 18, sync_class: "major" },
      { token_id: tokens.cpop, kind: "erc20", symbol: "CPOP", decimals: 18, sync_class: "cpop",
        address: chain.cpop },
      { token_id: tokens.usdt, kind: "erc20", symbol: "USDT", decimals: 6, sync_class: "major",
        address: chain.usdt, ...(usdtFollowed && { realtime: true }) },
      { token_id: tokens.art, kind: "erc721", symbol: "ART", decimals: 0, sync_class: "nft",
        address: chain.art, realtime: nftsFollowed },
      ...(nftsFollowed ? [{ token_id: tokens.game, kind: "erc1155", symbol: "GAME",
        decimals: 0, sync_class: "nft", address: chain.game }] : []),
    ],
    ...others,
  };
}

/// A whole configuration for a daemon that lives in the lab's folder `name`. `overrides` replace
/// sections as they are.
export function configuration(lab, name, chains, overrides = {}) {
  return {
    data_dir: lab.path(name),
    shutdown_timeout: "10s",
    database: { url: "embedded" },
    redis: { url: "embedded" },
    api: { listen: "127.0.0.1:0", threads: 2, auth: { mode: "none" } },
    logging: { level: "debug", format: "text" },
    chains,
    ...overrides,
  };
}

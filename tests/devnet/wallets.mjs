// The devnet's wallets: always the same keys, from a mnemonic that everyone knows.
import { HDNodeWallet, Mnemonic } from "ethers";

const phrase = "test test test test test test test test test test test junk";

/// Account 1 of the mnemonic; anvil's own unlocked accounts are those of account 0.
export function makeWallets(count) {
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(phrase), "m/44'/60'/1'/0");
  return Array.from({ length: count }, (_, i) => {
    const wallet = root.deriveChild(i);
    return { user_id: `user-${i + 1}`, address: wallet.address, private_key: wallet.privateKey };
  });
}

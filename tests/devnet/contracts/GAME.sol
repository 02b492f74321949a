// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// An ERC-1155 of game items.
contract GAME is ERC1155, Ownable {
    constructor() ERC1155("") Ownable(msg.sender) {}

    function mint(address to, uint256 id, uint256 amount) external onlyOwner {
        _mint(to, id, amount, "");
    }

    /// The same ids and amounts for each receiver: one TransferBatch each.
    function mintMany(address[] calldata to, uint256[] calldata ids, uint256[] calldata amounts)
        external
        onlyOwner
    {
        for (uint256 i = 0; i < to.length; i++) _mintBatch(to[i], ids, amounts, "");
    }
}

// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// An ERC-721 whose ids count up from 1 in the order of minting.
contract ART is ERC721, Ownable {
    uint256 public minted;

    constructor() ERC721("Devnet Art", "ART") Ownable(msg.sender) {}

    function mint(address to) external onlyOwner {
        _mint(to, ++minted);
    }

    function mintMany(address[] calldata to) external onlyOwner {
        for (uint256 i = 0; i < to.length; i++) _mint(to[i], ++minted);
    }
}

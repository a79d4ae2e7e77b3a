namespace MemoryWall.Sweeps.Conversations;

/// <summary>Counts how many tokens of a prompt of blocks an earlier prompt began with.</summary>
/// <param name="blockTokens">Tokens of a whole block.</param>
internal sealed class KnownBlocks(int blockTokens)
{
    private readonly Dictionary<(int Before, int Block), int> _places = [];
    private readonly List<int> _tokens = [];

    /// <summary>The known tokens of a prompt, which is known from now on.</summary>
    /// <param name="blocks">Its blocks.</param>
    /// <param name="promptTokens">Its tokens; the last block has those that the others leave.</param>
    public int Add(IReadOnlyList<int> blocks, int promptTokens)
    {
        var (known, isKnown, place) = (0, true, -1);
        for (var i = 0; i < blocks.Count; i++)
        {
            var tokens = Math.Min(blockTokens, promptTokens - i * blockTokens);
            var before = place;
            if (_places.TryGetValue((before, blocks[i]), out place))
            {
                if (isKnown)
                    known += Math.Min(tokens, _tokens[place]);
                isKnown &= _tokens[place] >= tokens;
                _tokens[place] = Math.Max(_tokens[place], tokens);
                continue;
            }
            isKnown = false;
            place = _tokens.Count;
            _places.Add((before, blocks[i]), place);
            _tokens.Add(tokens);
        }
        return Math.Min(known, promptTokens - 1);
    }
}

namespace MemoryWall.Models.Graphs;

/// <summary>What flows from layer to layer where that is more than one sum of all before.</summary>
internal interface IResidualStream
{
    /// <summary>The stream before the first layer, from the tokens' embeddings.</summary>
    GraphTensor Begin(GraphTensor embeddings);

    /// <summary>One layer.</summary>
    /// <param name="stream">The stream before it.</param>
    /// <param name="readTokens">The block that reads other tokens, from what it reads to what it writes.</param>
    /// <param name="feedForward">The feed-forward block, in the same way.</param>
    /// <param name="isLast">Whether it is the model's last layer.</param>
    GraphTensor AddLayer(GraphTensor stream, Func<GraphTensor, GraphTensor> readTokens, Func<GraphTensor, GraphTensor> feedForward,
        bool isLast);

    /// <summary>What the output matrix reads, of the tokens that have logits.</summary>
    GraphTensor End(GraphTensor stream);
}

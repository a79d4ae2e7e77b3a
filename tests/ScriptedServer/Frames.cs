namespace MemoryWall.ScriptedServer;

/// <summary>Plays a behaviour with the frames of one protocol.</summary>
internal sealed record Frames
{
    public required string Type { get; init; }

    /// <summary>Turns JSON into the text of a line or an event.</summary>
    public required Func<string, string> Wrap { get; init; }

    public required Func<string, string> Content { get; init; }

    public Func<string, string>? Reasoning { get; init; }

    public Func<int, int, string>? Progress { get; init; }

    public required Func<string, string> Error { get; init; }

    /// <summary>Wraps an error, where it is wrapped in another way than the other frames.</summary>
    public Func<string, string>? WrapError { get; init; }

    /// <summary>What comes before the first token.</summary>
    public IEnumerable<string> Opening { get; init; } = [];

    /// <summary>Text between the chunks, given the number of the next chunk.</summary>
    public Func<int, string>? Between { get; init; }

    /// <summary>The last frames, given the number of generated tokens.</summary>
    public required Func<int, IEnumerable<string>> Final { get; init; }

    public Reply Play(Behaviour behaviour, int asked, int promptTokens)
    {
        var tokens = behaviour.Tokens ?? asked;
        var reply = Reply.Stream(Type).Torn(behaviour.TearEvery);
        var held = "";
        var collected = 0;
        void SendText(string text, bool isChunk = false)
        {
            held += text;
            collected += isChunk ? 1 : 0;
            if (!behaviour.HeldBack && (isChunk ? collected % behaviour.ChunksPerWrite == 0 : behaviour.ChunksPerWrite == 1))
                Flush();
        }

        void Send(string json, bool isChunk = false) => SendText(Wrap(json), isChunk);

        void Flush()
        {
            if (held.Length > 0)
                reply.Text(held);
            held = "";
        }

        if (Between is not null)
            SendText(Between(0));
        for (var frame = 1; Progress is not null && frame <= behaviour.ProgressFrames; frame++)
        {
            reply.Wait(behaviour.Prefill / behaviour.ProgressFrames);
            Send(Progress(promptTokens * frame / behaviour.ProgressFrames, promptTokens));
        }
        if (Progress is null || behaviour.ProgressFrames == 0)
            reply.Wait(behaviour.Prefill);
        foreach (var frame in Opening)
            Send(frame);
        for (var chunk = 0; Reasoning is not null && chunk < behaviour.ReasoningChunks; chunk++)
        {
            Send(Reasoning(behaviour.Text));
            reply.Wait(behaviour.Step);
        }
        var chunks = (tokens + behaviour.TokensPerChunk - 1) / behaviour.TokensPerChunk;
        for (var chunk = 0; chunk < chunks && (behaviour.Ending == Ending.Proper || chunk < behaviour.EndAfter); chunk++)
        {
            if (chunk > 0)
                reply.Wait(behaviour.Step * behaviour.TokensPerChunk);
            var first = chunk * behaviour.TokensPerChunk;
            var count = Math.Min(behaviour.TokensPerChunk, tokens - first);
            Send(Content(string.Concat(Enumerable.Range(first, count).Select(behaviour.TextOf))), isChunk: true);
            if (Between is not null)
                SendText(Between(chunk + 1));
        }
        switch (behaviour.Ending)
        {
            case Ending.Proper:
                foreach (var final in Final(tokens))
                    Send(final);
                Flush();
                return reply.End();
            case Ending.NoFinalFrame:
                return reply.End();
            case Ending.RepeatGuard:
                Send(Content(""));
                return reply.End();
            case Ending.Error:
                reply.Text((WrapError ?? Wrap)(Error(behaviour.ErrorText)));
                return reply.End();
            case Ending.Garbage:
                Send("\u0000\u001b[31m{{{not json");
                return reply.End();
            case Ending.GiantLine:
                reply.Text(Wrap("{").TrimEnd('\n'));
                for (var piece = 0; piece < 64; piece++)
                    reply.Text(new string('x', 64 << 10));
                return reply.Hang();
            case Ending.Endless:
                return reply.Forever(Wrap(Content(behaviour.Text)));
            case Ending.Reset:
                return reply.Reset();
            case Ending.Close:
                return reply.Close();
            default:
                return reply.Hang();
        }
    }
}

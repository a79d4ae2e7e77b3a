using MemoryWall.Analysis.Sessions;

namespace MemoryWall.Engine.Tests.Analysis.Sessions;

/// <summary>The cache of the forecast against a slow and plain one, which keeps its blocks in lists.</summary>
public sealed class CacheHierarchyTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 6)]
    [InlineData(4, 0)]
    [InlineData(1, 1)]
    [InlineData(5, 9)]
    [InlineData(12, 40)]
    [InlineData(1000, 0)]
    public void Serve_RandomTraces_AsThePlainCache(int ram, int storage)
    {
        for (var seed = 1; seed <= 40; seed++)
        {
            var prompts = CreatePrompts(new Random(seed));
            var blocks = prompts.Max(prompt => prompt.Max()) + 1;
            var (fast, plain) = (new CacheHierarchy(blocks, ram, storage), new PlainCache(ram, storage));
            foreach (var prompt in prompts)
            {
                var hits = fast.Serve(prompt);
                Assert.Equal(plain.Serve(prompt), (hits.Ram, hits.Storage));
            }
            Assert.Equal((plain.Written, plain.Dropped), (fast.Written, fast.Dropped));
        }
    }

    [Fact]
    public void Serve_AGapInThePrefix_EndsTheHit()
    {
        var cache = new CacheHierarchy(10, 100, 0);
        cache.Serve([1, 2]);
        cache.Serve([5, 4]);

        Assert.Equal(0, cache.Serve([3, 2]).Blocks);
        Assert.Equal(1, cache.Serve([1, 9, 2]).Blocks);
    }

    [Fact]
    public void Serve_FullRam_DropsTheEndOfAPromptBeforeItsBeginning()
    {
        var cache = new CacheHierarchy(10, 3, 0);
        cache.Serve([0, 1, 2]);
        cache.Serve([5]);

        Assert.Equal(2, cache.Serve([0, 1, 2]).Ram);
    }

    [Fact]
    public void Serve_BlocksThatCameFromStorage_AreNotWrittenAgain()
    {
        var cache = new CacheHierarchy(10, 1, 8);
        cache.Serve([0]);
        cache.Serve([1]);
        Assert.Equal(1, cache.Written);
        Assert.Equal(new BlockHits(0, 1, IsLastFromStorage: true), cache.Serve([0]));
        cache.Serve([1]);

        Assert.Equal(2, cache.Written);
        Assert.Equal(0, cache.Dropped);
    }

    // The count of the trace's authors: with an unlimited cache, 36.6% of all blocks are hits.
    [Fact]
    public void Serve_TheRecordedTrace_HasTheKnownHits()
    {
        var path = Path.Combine(Repository.Root ?? "", "..", "shared", "data", "traces", "mooncake-conversation.jsonl");
        Assert.SkipUnless(File.Exists(path), "the recorded trace is not on this machine");
        var trace = new ScaledTrace(TraceReader.Read(path));
        var cache = new CacheHierarchy(trace.Blocks, long.MaxValue, 0);

        var hits = trace.Requests.Sum(request => (long)cache.Serve(request.Blocks).Blocks);

        Assert.Equal(12_031, trace.Requests.Count);
        Assert.Equal(0.366, (double)hits / trace.Lookups, 3);
        // The same by counting: a block is a hit where it and all before it were in an earlier prompt.
        var seen = new HashSet<int>();
        var counted = 0L;
        foreach (var request in trace.Requests)
        {
            counted += request.Blocks.TakeWhile(seen.Contains).Count();
            seen.UnionWith(request.Blocks);
        }
        Assert.Equal(counted, hits);
    }

    // Conversations that grow, with a common beginning, in a random order.
    private static List<int[]> CreatePrompts(Random random)
    {
        var conversations = Enumerable.Range(0, 6).Select(_ => new List<int> { 0, 1 }).ToList();
        var next = 2;
        var prompts = new List<int[]>();
        for (var i = 0; i < 80; i++)
        {
            var conversation = conversations[random.Next(conversations.Count)];
            var added = random.Next(4);
            conversation.AddRange(Enumerable.Range(next, added));
            next += added;
            prompts.Add([.. conversation]);
        }
        return prompts;
    }

    private sealed class PlainCache(int ram, int storage)
    {
        // The least recently used first.
        private readonly List<int> _ram = [];
        private readonly List<int> _storage = [];

        public long Written { get; private set; }

        public long Dropped { get; private set; }

        public (int Ram, int Storage) Serve(int[] prompt)
        {
            var found = prompt.TakeWhile(block => _ram.Contains(block) || _storage.Contains(block)).ToList();
            var hits = (found.Count(_ram.Contains), found.Count(block => !_ram.Contains(block)));
            foreach (var block in prompt.Reverse())
            {
                _ram.Remove(block);
                _ram.Add(block);
                while (_ram.Count > ram)
                {
                    var left = _ram[0];
                    _ram.RemoveAt(0);
                    var wasThere = _storage.Remove(left);
                    _storage.Add(left);
                    var isKept = true;
                    while (_storage.Count > storage)
                    {
                        isKept &= _storage[0] != left;
                        _storage.RemoveAt(0);
                        Dropped++;
                    }
                    if (!wasThere && isKept)
                        Written++;
                }
            }
            return hits;
        }
    }
}

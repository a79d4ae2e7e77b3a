using MemoryWall.Models.Graphs;
using static MemoryWall.Models.Graphs.ComputeGraph;

namespace MemoryWall.Engine.Tests.Models.Graphs;

public sealed class GraphAllocatorTests
{
    private const long Size = 1024;

    private static GraphTensor Tensor(params GraphTensor[] sources) => New(Size / 4, sources);

    private static long Reserve(params GraphTensor[] results)
    {
        var graph = new ComputeGraph();
        foreach (var result in results)
            graph.Add(result);
        return GraphAllocator.ReserveBytes(graph);
    }

    [Fact]
    public void ReserveBytes_AChain_NeedsTwoTensors() =>
        Assert.Equal(2 * Size, Reserve(Tensor(Tensor(Tensor(Tensor(Input(0)))))));

    [Fact]
    public void ReserveBytes_AnOperationOnEachNumber_WritesOverItsSource() =>
        Assert.Equal(Size, Reserve(Reuse(Reuse(Tensor(Input(0))))));

    [Fact]
    public void ReserveBytes_ASourceThatIsReadAgain_IsNotWrittenOver()
    {
        var source = Tensor(Input(0));
        Assert.Equal(2 * Size, Reserve(Reuse(Reuse(source), source)));
    }

    // llama.cpp gives no view's memory away, so a rotary embedding of reshaped queries makes a copy of them.
    [Fact]
    public void ReserveBytes_AView_IsNotWrittenOver() => Assert.Equal(2 * Size, Reserve(Reuse(View(Tensor(Input(0))))));

    [Fact]
    public void ReserveBytes_AViewThatIsStillRead_KeepsItsMemory()
    {
        var source = Tensor(Input(0));
        var view = View(source);
        var other = Tensor(source);
        Assert.Equal(3 * Size, Reserve(Tensor(Tensor(other), view)));
    }

    [Fact]
    public void ReserveBytes_AnOutput_IsNeverFree()
    {
        var output = Tensor(Input(0));
        output.IsOutput = true;
        Assert.Equal(3 * Size, Reserve(Tensor(Tensor(output))));
    }

    [Fact]
    public void ReserveBytes_AnInput_ExistsFromTheStartUntilItIsRead()
    {
        var late = Input(4 * Size);
        Assert.Equal(6 * Size, Reserve(Tensor(Tensor(Tensor(Input(0))), late)));
    }

    [Fact]
    public void ReserveBytes_AnInputThatNothingReads_StaysReserved() =>
        Assert.Equal(6 * Size, Reserve(Input(4 * Size), Tensor(Tensor(Tensor(Input(0))))));

    // The free kilobyte between two live tensors does not hold two.
    [Fact]
    public void ReserveBytes_AGapThatIsTooSmall_IsPartOfTheSize()
    {
        var first = Tensor(Input(0));
        var second = Tensor(first);
        var wide = New(2 * Size / 4, second);
        Assert.Equal(4 * Size, Reserve(second, wide, Tensor(wide, second)));
    }

    [Fact]
    public void ReserveBytes_FreeBlocksSideBySide_AreOne()
    {
        var first = Tensor(Input(0));
        var second = Tensor(first);
        var third = Tensor(second);
        Assert.Equal(4 * Size, Reserve(New(2 * Size / 4, Tensor(third, second, first))));
    }

    [Fact]
    public void Add_ATensor_ComesAfterItsSourcesInTheirOrder()
    {
        var (left, right) = (Tensor(Input(0)), Tensor(Input(0)));
        var sum = Tensor(left, right);
        var graph = new ComputeGraph();
        graph.Add(right);
        graph.Add(sum);
        Assert.Equal([right, left, sum], graph.Tensors);
    }

    [Fact]
    public void Create_ANegativeSize_IsRefused() => Assert.Throws<OverflowException>(() => new GraphTensor(-1, []));
}

import { exitCodes } from '../agent-error'
import { writeTo, type Command } from '../cli/command'
import { readRequestArguments, requestHelp } from './request-arguments'

export const signCommand: Command = {
  name: 'sign',
  summary: 'make the credential of one request and print its header lines',
  help: `Usage: countersign sign METHOD URL [-H 'Name: value' …] [--data TEXT | --data-file FILE] [--state DIR]

Prints every header line that has to be sent, those given with -H included. They work once, within a minute:

  countersign sign POST https://orders.example/v1/orders --data 'id=7' |
    curl -H @- --data 'id=7' https://orders.example/v1/orders

${requestHelp}`,
  async run(args, context) {
    const { request, openSigner } = await readRequestArguments(args, context)
    const signer = await openSigner()
    try {
      const credential = await signer.sign(request)
      const lines = [...request.headers, ...credential].map(([name, value]) => `${name}: ${value}\n`)
      await writeTo(context.stdout, Buffer.from(lines.join(''), 'latin1'))
      return exitCodes.done
    } finally {
      await signer.close()
    }
  },
}
